/** A value and those who watch it. Changes are told once per microtask. */
export class Store<T extends object> {
  private readonly watchers = new Set<() => void>();
  private told = true;

  constructor(private value: T) {}

  get(): T {
    return this.value;
  }

  set(change: Partial<T>): void {
    this.value = { ...this.value, ...change };
    if (!this.told) return;
    this.told = false;
    queueMicrotask(() => {
      this.told = true;
      for (const watcher of [...this.watchers]) watcher();
    });
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}
