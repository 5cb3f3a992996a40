/** The addresses and the security settings of a cluster. */
export interface ClusterSettings {
  /** host:port of one or more brokers, separated by commas. */
  readonly bootstrapServers: string;
  /** The setting that contains the addresses; undefined for the default. */
  readonly setBy?: string;
  readonly security: Security;
  /** After this time without a heartbeat the brokers remove a member from its group. */
  readonly sessionTimeoutMs: number;
}

/** Without `tls` and `sasl`, connections use plaintext and no authentication. */
export interface Security {
  readonly tls?: TlsSettings;
  readonly sasl?: SaslSettings;
}

/** Certificates and keys as PEM. */
export interface TlsSettings {
  /** The authority of the brokers' certificates. Default: the authorities that Node trusts. */
  readonly ca?: string;
  /** The client certificate for mTLS. It needs `privateKey`. */
  readonly certificate?: string;
  readonly privateKey?: string;
  /** The passphrase of `privateKey`. */
  readonly passphrase?: string;
}

export interface SaslSettings {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}
