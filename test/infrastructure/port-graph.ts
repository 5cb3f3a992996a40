import type { Resources } from '../support/service-copy.ts';

type Properties = Record<string, unknown>;

/** Flows are between security groups, by their logical ids, or to this. */
const INTERNET = 'the internet';
const FUNCTIONS = 'FunctionsSecurityGroup';
/** The rule of a group without outgoing traffic. It replaces AWS' default, which allows all traffic. */
const NOWHERE = '127.0.0.1/32';

/**
 * The ports of the authentication methods, for clients inside the VPC:
 * https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html
 */
const saslPorts = { Iam: 9098, Scram: 9096 };
const TLS_PORT = 9094;
/**
 * The port of a proxy cannot be chosen:
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-connecting.html
 */
const proxyPorts: Readonly<Record<string, number>> = { POSTGRESQL: 5432, MYSQL: 3306 };

/** A server of the stack: its resource, its groups and its ports. */
interface Server {
  readonly id: string;
  readonly kind: 'kafka' | 'database' | 'proxy';
  readonly groups: readonly string[];
  readonly ports: readonly unknown[];
}

const groupIn = (value: unknown): string => String(Object(value)['Fn::GetAtt']?.[0]);

const groupsIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(groupIn) : []);

function portsOfBrokers(clientAuthentication: unknown): unknown[] {
  const { Sasl, Tls, Unauthenticated } = Object(clientAuthentication);
  return [
    ...Object.entries(saslPorts).flatMap(([way, port]) => (Sasl?.[way]?.Enabled ? [port] : [])),
    ...(Tls?.Enabled || Unauthenticated?.Enabled ? [TLS_PORT] : []),
  ];
}

/** Returns the servers with their ports: a declared port, or the fixed port of the kind of server. */
function serversIn(resources: Resources): Server[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]): Server[] => {
    switch (Type) {
      case 'AWS::MSK::Cluster': {
        const groups = groupsIn(Object(Properties.BrokerNodeGroupInfo).SecurityGroups);
        return [{ id, kind: 'kafka', groups, ports: portsOfBrokers(Properties.ClientAuthentication) }];
      }
      case 'AWS::MSK::ServerlessCluster': {
        const groups = groupsIn(Object(Properties.VpcConfigs)[0]?.SecurityGroups);
        return [{ id, kind: 'kafka', groups, ports: portsOfBrokers(Properties.ClientAuthentication) }];
      }
      case 'AWS::RDS::DBCluster':
        // without a port: what CloudFormation's handler sends
        return [
          {
            id,
            kind: 'database',
            groups: groupsIn(Properties.VpcSecurityGroupIds),
            ports: [Properties.Port ?? 3306],
          },
        ];
      case 'AWS::RDS::DBProxy':
        return [
          {
            id,
            kind: 'proxy',
            groups: groupsIn(Properties.VpcSecurityGroupIds),
            ports: [proxyPorts[String(Properties.EngineFamily)]],
          },
        ];
      default:
        return [];
    }
  });
}

const flow = (from: string, to: string, port: unknown): string => `${from} → ${to}, ${port}`;

/** All flows that the stage needs, each with the reason. */
function neededFlows(servers: readonly Server[]): string[] {
  const to = (from: string, kind: Server['kind']): string[] =>
    servers
      .filter((server) => server.kind === kind)
      .flatMap(({ groups, ports }) =>
        groups.flatMap((group) => ports.map((port) => flow(from, group, port))),
      );
  const groupsOf = (kind: Server['kind']): string[] =>
    servers.filter((server) => server.kind === kind).flatMap(({ groups }) => groups);
  return [
    ...to(FUNCTIONS, 'kafka'), // they produce, describe groups and create topics
    ...to(FUNCTIONS, 'proxy'), // they query
    ...to(FUNCTIONS, 'database'), // migrate locks a session
    flow(FUNCTIONS, INTERNET, 443), // AWS, issuers of tokens, receivers of orders
    // a mapping has the group of the brokers: https://docs.aws.amazon.com/lambda/latest/dg/with-msk-cluster-network.html
    ...groupsOf('kafka').flatMap((group) => [...to(group, 'kafka'), flow(group, INTERNET, 443)]),
    ...groupsOf('proxy').flatMap((group) => to(group, 'database')),
  ];
}

/** Returns the rules in one direction: separate resources, and rules inside a group. */
function rulesIn(resources: Resources, direction: 'Ingress' | 'Egress'): [string, Properties][] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]): [string, Properties][] => {
    if (Type === `AWS::EC2::SecurityGroup${direction}`) {
      return [[groupIn(Properties.GroupId), Properties]];
    }
    const written = Properties[`SecurityGroup${direction}`];
    return Type === 'AWS::EC2::SecurityGroup' && Array.isArray(written)
      ? written.map((rule): [string, Properties] => [id, Object(rule)])
      : [];
  });
}

const portsOf = ({ IpProtocol, FromPort, ToPort }: Properties): string =>
  IpProtocol === 'tcp' && FromPort === ToPort ? `${FromPort}` : `${IpProtocol} ${FromPort}–${ToPort}`;

const peerOf = (properties: Properties, key: string): string => {
  const { [key]: group, CidrIp, CidrIpv6 } = properties;
  return group === undefined
    ? String(CidrIp ?? CidrIpv6).replace(/^(0\.0\.0\.0|::)\/0$/, INTERNET)
    : groupIn(group);
};

/** Returns the flows that leave a group and arrive at another, each from the rules of one side. */
function openFlows(resources: Resources): { leaving: string[]; arriving: string[] } {
  return {
    leaving: rulesIn(resources, 'Egress').flatMap(([group, rule]) => {
      const peer = peerOf(rule, 'DestinationSecurityGroupId');
      return peer === NOWHERE ? [] : [flow(group, peer, portsOf(rule))];
    }),
    arriving: rulesIn(resources, 'Ingress').map(([group, rule]) =>
      flow(peerOf(rule, 'SourceSecurityGroupId'), group, portsOf(rule)),
    ),
  };
}

/**
 * Returns a line for each flow that is needed and not open, or open and not needed, and for servers without a known
 * port.
 */
export function portFindings(resources: Resources): string[] {
  const servers = serversIn(resources);
  const needed = neededFlows(servers);
  const { leaving, arriving } = openFlows(resources);
  const inside = needed.filter((line) => !line.includes(INTERNET));
  return [
    ...needed.filter((line) => !leaving.includes(line)).map((line) => `missing outgoing rule for ${line}`),
    ...inside.filter((line) => !arriving.includes(line)).map((line) => `missing incoming rule for ${line}`),
    ...leaving.filter((line) => !needed.includes(line)).map((line) => `unneeded outgoing rule ${line}`),
    ...arriving.filter((line) => !inside.includes(line)).map((line) => `unneeded incoming rule ${line}`),
    ...servers
      .filter(({ groups, ports }) => !groups.length || !ports.length)
      .map(({ id }) => `${id} cannot be reached`),
    ...unknownMembers(resources, servers).map((id) => `${id} has a security group, and its port is unknown`),
  ];
}

/** Resources with a security group that the table above does not know. */
function unknownMembers(resources: Resources, servers: readonly Server[]): string[] {
  const known = new Set(servers.map(({ id }) => id));
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) =>
    !known.has(id) &&
    !Type.startsWith('AWS::EC2::SecurityGroup') &&
    JSON.stringify(Properties).includes('SecurityGroup","GroupId"')
      ? [id]
      : [],
  );
}

/** A mutation of the template, and the expected findings. */
export interface PortMistake {
  readonly what: string;
  readonly mistake: (resources: Resources) => void;
  readonly found: RegExp;
}

const change = (id: string, properties: Properties) => (to: Resources) => {
  Object.assign(to[id]?.Properties ?? {}, properties);
};

export const portMistakes: readonly PortMistake[] = [
  {
    what: 'a database without a port',
    mistake: (to) => delete to.Database?.Properties.Port,
    found: /^missing outgoing rule for ProxySecurityGroup → DatabaseSecurityGroup, 3306$/m,
  },
  {
    what: 'a database at another port',
    mistake: change('Database', { Port: 5433 }),
    found: /^missing incoming rule for FunctionsSecurityGroup → DatabaseSecurityGroup, 5433$/m,
  },
  {
    what: 'a proxy for another engine',
    mistake: change('Proxy', { EngineFamily: 'MYSQL' }),
    found: /^missing outgoing rule for FunctionsSecurityGroup → ProxySecurityGroup, 3306$/m,
  },
  {
    what: 'brokers that accept SCRAM too',
    mistake: change('Kafka', {
      ClientAuthentication: { Sasl: { Iam: { Enabled: true }, Scram: { Enabled: true } } },
    }),
    found: /^missing outgoing rule for FunctionsSecurityGroup → KafkaSecurityGroup, 9096$/m,
  },
  {
    what: 'an outgoing rule without its incoming rule',
    mistake: (to) => delete to.DatabaseFromProxy,
    found: /^missing incoming rule for ProxySecurityGroup → DatabaseSecurityGroup, 5432$/m,
  },
  {
    what: 'mappings that cannot reach the brokers',
    mistake: (to) => delete to.MappingsToKafka,
    found: /^missing outgoing rule for KafkaSecurityGroup → KafkaSecurityGroup, 9098$/m,
  },
  {
    what: 'mappings that cannot call Lambda',
    mistake: (to) => delete to.MappingsToAws,
    found: /^missing outgoing rule for KafkaSecurityGroup → the internet, 443$/m,
  },
  {
    what: 'a range of ports',
    mistake: change('FunctionsToProxy', { FromPort: 5000 }),
    found: /^unneeded outgoing rule FunctionsSecurityGroup → ProxySecurityGroup, tcp 5000–5432$/m,
  },
  {
    what: 'another protocol',
    mistake: change('KafkaFromFunctions', { IpProtocol: 'udp' }),
    found: /^missing incoming rule for FunctionsSecurityGroup → KafkaSecurityGroup, 9098$/m,
  },
  {
    what: 'a database that may call the internet',
    mistake: change('DatabaseSecurityGroup', {
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }],
    }),
    found: /^unneeded outgoing rule DatabaseSecurityGroup → the internet, 443$/m,
  },
  {
    what: 'a rule in the wrong group',
    mistake: change('KafkaFromMappings', { GroupId: { 'Fn::GetAtt': ['DatabaseSecurityGroup', 'GroupId'] } }),
    found: /^unneeded incoming rule KafkaSecurityGroup → DatabaseSecurityGroup, 9098$/m,
  },
  {
    what: 'a database in the default group',
    mistake: (to) => delete to.Database?.Properties.VpcSecurityGroupIds,
    found: /^Database cannot be reached$/m,
  },
  {
    what: 'a server that the table does not know',
    mistake: (to) =>
      Object.assign(to, {
        Endpoint: {
          Type: 'AWS::EC2::VPCEndpoint',
          Properties: { SecurityGroupIds: [{ 'Fn::GetAtt': ['FunctionsSecurityGroup', 'GroupId'] }] },
        },
      }),
    found: /^Endpoint has a security group/m,
  },
];
