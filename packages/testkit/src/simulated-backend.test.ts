import { describeBackend } from './conformance/index.js';
import { SIMULATED_ENGINE_PLUGIN } from './index.js';

describeBackend(SIMULATED_ENGINE_PLUGIN);
