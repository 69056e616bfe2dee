import { describeBackend } from './conformance/index.js';
import { SIMULATED_ENGINE_PLUGIN, startSimulatedEngine } from './index.js';

describeBackend(SIMULATED_ENGINE_PLUGIN, { model: 'simulated', server: () => startSimulatedEngine() });
