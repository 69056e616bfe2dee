// Without a configuration of its own a package takes that of a folder above it.
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['src/**/*.test.ts'] } });
