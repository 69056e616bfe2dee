import type { OptionsSchema, PluginModule } from '@llem/core';

export const options: OptionsSchema;
export const create: PluginModule['create'];
