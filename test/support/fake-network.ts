/** Further resources of the fake account, which removals and quota checks request. */
export interface NetworkState {
  /** Functions by name, with their security groups. */
  deployed: Record<string, readonly string[]>;
  /** Published versions, as `function:version`, with their security groups. */
  versions: Record<string, readonly string[]>;
  /** Event source mappings by UUID, with the states that Lambda reports in order. The last one repeats. */
  mappings: Record<string, FakeMapping>;
  /** Network interfaces. Lambda's disappear `looks` requests after their function or mapping has released them. */
  interfaces: FakeInterface[];
  vpcs: number;
  addresses: number;
  /** Values by quota code; other quotas have none. */
  quotas: Record<string, number>;
  logGroups: string[];
}

export interface FakeMapping {
  readonly functionName: string;
  readonly clusterArn: string;
  says: readonly { readonly state: string; readonly result?: string }[];
  /** Age of its state in seconds. */
  readonly ageSeconds?: number;
  /** How often Lambda rejects its deletion because an update is in progress. */
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

/** Returns a mapping in the format of Lambda. */
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

/** Returns the versions of a function as Lambda lists them. */
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

/** Returns the interfaces in these groups as EC2 does. Then removes the released ones after `looks` requests. */
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

/** Returns a number of empty elements; only their count is read. */
export const countOf = (count: number, list: string, action: string): string =>
  `<${action}Response><${list}>${'<item></item>'.repeat(count)}</${list}></${action}Response>`;
