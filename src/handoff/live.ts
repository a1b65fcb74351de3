/** What changed in a commune; ids only, the page reads the rest. */
export interface Change {
  communeId: string;
  /** Conversations whose line in a list, words, owner, notes or episode changed. */
  conversationIds: string[];
  /** Officers came, went or changed their fields. */
  hasOfficerChange: boolean;
}

export interface Watcher {
  communeId: string;
  /** The conversation open on the page: its sends' states and colleagues who type are followed, too. */
  conversationId?: string | null;
}

export interface LiveFeed {
  /**
   * Calls back after each change, from this process or another, within a second. One look at the database per tick
   * serves all watchers of the process; without watchers there is none.
   * @returns how to leave, and how to name another open conversation
   */
  watch(
    watcher: Watcher,
    onChange: (change: Change) => void,
  ): { open(conversationId: string | null): void; leave(): void };
  /** Something was done here: look at once. */
  wake(): void;
  start(): void;
  stop(): Promise<void>;
}
