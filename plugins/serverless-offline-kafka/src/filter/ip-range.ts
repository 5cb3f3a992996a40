import { BlockList, isIP } from 'node:net';
import type { TextTest } from './text-tests.ts';

/** The longest masks: EventBridge does not accept a range of one address. */
const MASK_BITS = { ipv4: 31, ipv6: 127 };

/** Returns a test for addresses in a range such as `10.0.0.0/24` or `2001:db8::/32`; `undefined` for another text. */
export function ipRange(cidr: string): TextTest | undefined {
  const { address = '', bits = '' } = /^(?<address>[^/]+)\/(?<bits>\d{1,3})$/.exec(cidr)?.groups ?? {};
  const family = familyOf(address);
  if (family === undefined || Number(bits) > MASK_BITS[family]) {
    return undefined;
  }
  const range = new BlockList();
  range.addSubnet(address, Number(bits), family);
  return (text) => familyOf(text) === family && range.check(text, family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = address.includes('%') ? 0 : isIP(address);
  return ({ 4: 'ipv4', 6: 'ipv6' } as const)[version];
}
