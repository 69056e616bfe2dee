/** The simulated llama-server as a process. */
import { runSimulatedServer } from './process.js';

await runSimulatedServer('llamacpp');
