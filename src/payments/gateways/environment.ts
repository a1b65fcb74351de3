import { z } from 'zod';
import type { ProviderUrls } from '../provider.ts';

/** What a contract was signed for. Said in the settings, so that test keys and real hosts cannot meet unnoticed. */
export const environment = z.enum(['test', 'production']);
export type Environment = z.output<typeof environment>;

const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);
const isTestHost = (host: string) =>
  isLoopback(host) || /^(sandbox|test|uat|dev)[.-]|[.-](sandbox|test|uat)\./.test(host);

/**
 * Why a contract may not run against these addresses. With the demo's own stand-ins (loopback) a test contract needs no
 * https; everything else does.
 * @param hosts name of the variable → address a gateway is reached at
 */
export function environmentFaults(
  wanted: Environment,
  hosts: Partial<Record<keyof ProviderUrls, string>>,
  { publicUrl, isDemoKey }: { publicUrl: string; isDemoKey: boolean },
): string[] {
  const faults: string[] = [];
  let isDemo = true;
  for (const [name, address] of Object.entries(hosts)) {
    if (!URL.canParse(address)) {
      faults.push(`${name} is not set`);
      continue;
    }
    const { hostname, protocol } = new URL(address);
    if (!isLoopback(hostname)) isDemo = false;
    if (protocol !== 'https:' && !isLoopback(hostname)) faults.push(`${name} must be an https address`);
    if (wanted === 'production' && isTestHost(hostname)) {
      faults.push(`${name} is a test address, but the contract is for production: play money would count as paid`);
    }
    if (wanted === 'test' && !isTestHost(hostname)) {
      faults.push(`${name} is a production address, but the contract is for tests`);
    }
    if (isDemoKey && !isTestHost(hostname))
      faults.push(`${name} is a production address, but the keys are published demo keys`);
  }
  if (isDemoKey && wanted === 'production')
    faults.push('the keys are published demo keys: anybody could report a payment');
  if (!isDemo && !publicUrl.startsWith('https:')) {
    faults.push('PUBLIC_URL must be an https address for the gateway to report to');
  }
  return faults;
}
