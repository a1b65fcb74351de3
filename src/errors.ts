/**
 * One class per thing a caller can do about it. Callers branch on `code`, never on the message. Messages are English,
 * for logs and operators, and hold no token, URL with a secret, name or phone number.
 */
export class AppError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Somebody must change a setting, a command line or a file. The message says which and how. */
export class ConfigError extends AppError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('config', message, options);
  }
}

/**
 * Text for a log line: the message of an Error, else the value as a string. Errors of the query builder repeat the
 * query's parameters, which may be personal: of those the database's own message is used.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'query' in error && error.cause instanceof Error ? error.cause.message : error.message;
}
