/** What an account has beside stacks and a cluster: the part of the fake of AWS that a removal and a look at quotas ask. */
export interface NetworkState {
  /** Functions by name, with their security groups. */
  deployed: Record<string, readonly string[]>;
  /** Published versions, as `function:version`, with their security groups. */
  versions: Record<string, readonly string[]>;
  /** Event source mappings by UUID. What Lambda says of one is worked off, and the last of it kept. */
  mappings: Record<string, FakeMapping>;
  /** Network interfaces. One of Lambda goes once its function or mapping has let go of it, `looks` looks later. */
  interfaces: FakeInterface[];
  vpcs: number;
  addresses: number;
  /** By their codes; others have no value. */
  quotas: Record<string, number>;
  logGroups: string[];
}

export interface FakeMapping {
  readonly functionName: string;
  readonly clusterArn: string;
  says: readonly { readonly state: string; readonly result?: string }[];
  /** Since when it is in its state, in seconds before now. */
  readonly ageSeconds?: number;
  /** So often Lambda refuses to delete it, because it still changes it. */
  inUse?: number;
}

export interface FakeInterface {
  readonly id: string;
  readonly group: string;
  readonly description: string;
  readonly type?: string;
  /** The function, version or mapping that needs it; undefined: it stays. */
  readonly holder?: string;
  looks?: number;
}

export const emptyNetwork = (): NetworkState => ({
  deployed: {},
  versions: {},
  mappings: {},
  interfaces: [],
  vpcs: 1,
  addresses: 0,
  quotas: { 'L-F678F1CE': 5, 'L-0263D0A3': 5 },
  logGroups: [],
});

/** What Lambda says of a mapping now. */
export function describeMapping(uuid: string, mapping: FakeMapping): Record<string, unknown> {
  const [now, ...later] = mapping.says;
  mapping.says = later.length > 0 ? later : mapping.says;
  return {
    UUID: uuid,
    FunctionArn: `arn:aws:lambda:eu-west-1:000000000000:function:${mapping.functionName}`,
    EventSourceArn: mapping.clusterArn,
    State: now?.state,
    LastProcessingResult: now?.result,
    LastModified: Date.now() / 1_000 - (mapping.ageSeconds ?? 3_600),
  };
}

/** The versions of a function as Lambda lists them. */
export const listVersions = (
  name: string,
  { deployed, versions }: NetworkState,
): Record<string, unknown> => ({
  Versions: Object.entries({ [`${name}:$LATEST`]: deployed[name] ?? [], ...versions })
    .filter(([version]) => version.startsWith(`${name}:`))
    .map(([version, SecurityGroupIds]) => ({
      FunctionName: name,
      Version: version.slice(name.length + 1),
      VpcConfig: { SecurityGroupIds },
    })),
});

/** The interfaces in these groups, as EC2 tells them; then those go whose time has come. */
export function lookAtInterfaces(groups: readonly string[], state: NetworkState): string {
  const isHeld = ({ holder, group }: FakeInterface): boolean =>
    holder === undefined ||
    holder in state.mappings ||
    (state.deployed[holder] ?? state.versions[holder] ?? []).includes(group);
  state.interfaces = state.interfaces.filter((one) => isHeld(one) || (one.looks ?? 0) > 0);
  const items = state.interfaces
    .filter(({ group }) => groups.includes(group))
    .map(
      ({ id, type = 'interface', description }) =>
        `<item><networkInterfaceId>${id}</networkInterfaceId><interfaceType>${type}</interfaceType><description>${description}</description></item>`,
    );
  for (const one of state.interfaces.filter((other) => !isHeld(other))) {
    one.looks = (one.looks ?? 0) - 1;
  }
  return `<DescribeNetworkInterfacesResponse><networkInterfaceSet>${items.join('')}</networkInterfaceSet></DescribeNetworkInterfacesResponse>`;
}

/** So many elements, of which nobody reads more. */
export const countOf = (count: number, list: string, action: string): string =>
  `<${action}Response><${list}>${'<item></item>'.repeat(count)}</${list}></${action}Response>`;
