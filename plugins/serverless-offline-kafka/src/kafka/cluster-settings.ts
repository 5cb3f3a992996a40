/** Where the brokers are and how to be let in. */
export interface ClusterSettings {
  /** host:port of some brokers, joined with commas. */
  readonly bootstrapServers: string;
  /** The setting that names them; undefined for the default. */
  readonly setBy?: string;
  readonly security: Security;
  /** After this time without a heartbeat the brokers give a dead member's partitions to others. */
  readonly sessionTimeoutMs: number;
}

/** Neither part: plaintext. */
export interface Security {
  readonly tls?: TlsSettings;
  readonly sasl?: SaslSettings;
}

/** PEM texts. */
export interface TlsSettings {
  /** Who signed the brokers' certificates; by default whoever Node trusts. */
  readonly ca?: string;
  /** The client's own, with its private key, where brokers ask for one (mTLS). */
  readonly certificate?: string;
  readonly privateKey?: string;
  /** Of the private key. */
  readonly passphrase?: string;
}

export interface SaslSettings {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}
