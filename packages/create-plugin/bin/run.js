#!/usr/bin/env node
// The `create-plugin` executable.
import { main } from '../dist/main.js';

process.exitCode = await main(process.argv.slice(2));
