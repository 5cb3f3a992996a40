/** The resources of an account beside stacks and a cluster, which removals and quota checks request from the fake of AWS. */
export interface NetworkState {
  /** Functions by name, with their security groups. */
  deployed: Record<string, readonly string[]>;
  /** Published versions, as `function:version`, with their security groups. */
  versions: Record<string, readonly string[]>;
  /** Event source mappings by UUID, each with the states that Lambda reports one after the other; the last one stays. */
  mappings: Record<string, FakeMapping>;
  /** Network interfaces. Lambda's disappear `looks` requests after their function or mapping has released them. */
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

/** Returns the interfaces in these groups as EC2 does; then removes those whose time has come. */
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
