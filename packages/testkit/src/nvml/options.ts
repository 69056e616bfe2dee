/** What a simulated NVML is told to be: GPUs of known power, and everything that can be wrong with them. */
import { z } from 'zod';
import { powerSchema } from '../power.js';
import { MAX_INSTANCES, MAX_PROCESSES, NVML_CALLS, NVML_FIELDS } from './layout.js';

const GIB = 1_024 ** 3;
/** nvmlReturn_t. */
const code = z.int().min(0);
const number = z.number().min(0);
const percent = z.number().min(0).max(100);
const text = (bytes: number) => z.string().max(bytes - 1);

const counterSchema = z
  .strictObject({
    step_ms: number.default(100).describe('Time between updates; 0 is without steps.'),
    jitter_ms: number.default(0).describe('An update is so much early or late at most.'),
    lag_ms: number.default(0).describe('An update shows the energy of up to so long before it.'),
    missing: z.number().min(0).max(0.9).default(0).describe('Share of the updates that do not take place.'),
    seed: z.int().min(0).default(0),
    base_j: number
      .default(5_000_000)
      .describe('On the counter at the first step of the trace: past 32 bits of mJ.'),
    reset_at_s: number.optional().describe('When it begins again at zero, as after a reload of the driver.'),
    gain: number.default(1).describe('Joules that it shows for each that is used.'),
    of_module: z.boolean().default(false).describe('The only counter is that of the module.'),
  })
  .refine(
    ({ step_ms, jitter_ms, lag_ms }) => step_ms === 0 || 2 * jitter_ms + lag_ms < step_ms,
    'jitter and lag must leave updates in order',
  );

const processSchema = z.strictObject({
  pid: z.int().min(1),
  bytes: number.nullable().default(null).describe('Null: the driver does not know.'),
  graphics: z.boolean().default(false),
});

const simulatedGpuSchema = z.strictObject({
  uuid: text(96)
    .optional()
    .describe('GPU-00000000-0000-0000-0000-000000000000 for the first, unless stated.'),
  name: text(96).default('NVIDIA H100 80GB HBM3'),
  vbios: text(32).default('96.00.74.00.01'),
  bus: z
    .int()
    .min(0)
    .max(255)
    .optional()
    .describe('Of its PCI address; the order of the GPUs unless stated.'),
  pci_device: z.int().min(0).max(0xffff).default(0x2330).describe('Device id; that of an H100 SXM5.'),
  architecture: z.int().min(0).default(9),
  power_w: powerSchema.default(300).describe('Constant, or a trace; times are seconds of its clock.'),
  counter: counterSchema.prefault({}),
  power: z
    .strictObject({
      step_ms: number.default(20).describe('Time between updates.'),
      average_ms: number.default(1_000).describe('What nvmlDeviceGetPowerUsage is the mean of.'),
      gain: number.default(1).describe('Watts that it shows for each that is drawn.'),
    })
    .prefault({}),
  module_extra_w: number.optional().describe('It sits on a module that draws so much more.'),
  temperature_c: number.default(45),
  sm_clock_mhz: number.default(1_980),
  memory_clock_mhz: number.default(2_619),
  reasons: z.int().min(0).default(0),
  power_violation_s: number.default(0),
  thermal_violation_s: number.default(0),
  utilization: percent.default(0),
  memory_utilization: percent.default(0),
  memory: z
    .strictObject({
      total: number.default(80 * GIB),
      reserved: number.default(GIB / 2),
      used: number.default(0),
    })
    .prefault({})
    .describe('Bytes.'),
  limits_w: z
    .strictObject({
      enforced: number.default(700),
      default: number.default(700),
      min: number.default(200),
      max: number.default(700),
    })
    .prefault({}),
  persistence: z.boolean().default(true),
  mig: z.boolean().default(false),
  mig_uuids: z.array(text(96)).max(MAX_INSTANCES).default([]),
  ecc: z.boolean().default(true),
  processes: z.array(processSchema).max(MAX_PROCESSES).default([]),
  lost_at_s: number.optional().describe('Every call returns 15 from then on.'),
  errors: z
    .partialRecord(z.enum(NVML_CALLS), code)
    .default({})
    .describe('What calls return instead of answering.'),
  field_errors: z.partialRecord(z.enum(NVML_FIELDS), code).default({}),
  field_types: z
    .partialRecord(z.enum(NVML_FIELDS), z.int())
    .default({})
    .describe('What the values of fields say they are.'),
});

export const simulatedNvmlSchema = z.strictObject({
  gpus: z.array(simulatedGpuSchema).max(16).prefault([{}]),
  clock: z.enum(['real', 'virtual']).default('real'),
  now_s: number.default(1_000).describe('Where a virtual clock begins.'),
  driver: text(80).default('580.65.06'),
  cuda: z.int().min(0).default(13_000),
  errors: z.partialRecord(z.enum(NVML_CALLS), code).default({}),
  latency_ms: z.partialRecord(z.enum(NVML_CALLS), number).default({}).describe('On the real clock.'),
});

export type SimulatedNvmlInput = z.input<typeof simulatedNvmlSchema>;
export type SimulatedNvmlSettings = z.output<typeof simulatedNvmlSchema>;
export type SimulatedGpu = z.output<typeof simulatedGpuSchema>;
