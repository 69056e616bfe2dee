/** Starts a plugin: a package that builds, passes its conformance suite and can be linked at once. */
export { PLUGIN_KINDS, type PluginKind } from '@llem/core';
