// Every workflow type that a worker knows: what is exported here is what can be started by name.
export { billingPeriod } from './billing-period';
export { meterUsage } from './meter-usage';
