import winston from 'winston';

/** Fields beside an event name. Ids and figures only: no message text, name, phone, personal id or token. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** JSON lines on standard error, so that commands may print data on standard output. */
export function createLog(level: string, transports?: winston.transport[]): Log {
  const logger = winston.createLogger({
    level,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: transports ?? [
      new winston.transports.Console({ stderrLevels: Object.keys(winston.config.npm.levels) }),
    ],
  });
  return {
    debug: (event, fields) => void logger.debug(event, fields),
    info: (event, fields) => void logger.info(event, fields),
    warn: (event, fields) => void logger.warn(event, fields),
    error: (event, fields) => void logger.error(event, fields),
  };
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
