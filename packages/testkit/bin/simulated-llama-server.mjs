#!/usr/bin/env node
// The simulated engine under the interface of llama-server: name this file as `llamacpp.executable` in a study.
import '../dist/engine/main.js';
