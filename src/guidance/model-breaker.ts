export * from '../breaker.ts';
