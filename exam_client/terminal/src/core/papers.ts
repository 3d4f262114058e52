/** Sealed forms staged before the bell, their keys after it, and the paper they open to. */

import type { Api } from "./api";
import { openPaper, type Paper } from "./paper";
import type { Shelf } from "./shelf";
import type { Stage } from "./types";

export class Papers {
  private readonly keys = new Map<string, string>();

  constructor(
    private readonly api: Api,
    private readonly shelf: Shelf,
  ) {}

  /** What was staged here before a reload. */
  async cached(): Promise<Stage[]> {
    return (await this.shelf.note<Stage[]>("c:stage")) ?? [];
  }

  /** Fetches the shapes, orders and ciphertexts; nothing in them can be read before the bell. */
  async stage(): Promise<Stage[]> {
    const { subjects } = await this.api.stage();
    for (const one of subjects) await this.sealed(one);
    await this.shelf.setNote("c:stage", subjects).catch(() => undefined);
    return subjects;
  }

  async keep(formId: string, key: string): Promise<void> {
    this.keys.set(formId, key);
    await this.shelf.setNote(`c:key:${formId}`, key).catch(() => undefined);
  }

  async key(formId: string): Promise<string | null> {
    return this.keys.get(formId) ?? (await this.shelf.note<string>(`c:key:${formId}`)) ?? null;
  }

  /** A key that opened nothing: the next try asks the server for it anew. */
  async discard(formId: string): Promise<void> {
    this.keys.delete(formId);
    await this.shelf.dropNotes(`c:key:${formId}`).catch(() => undefined);
  }

  forget(): void {
    this.keys.clear();
  }

  /** Opens the paper; a staged copy that does not open is fetched once more. */
  async open(stage: Stage, key: string): Promise<Paper> {
    try {
      return openPaper(stage, await this.sealed(stage), key);
    } catch {
      return openPaper(stage, await this.fetch(stage), key);
    }
  }

  private async sealed(stage: Stage): Promise<Uint8Array> {
    const held = await this.shelf.note<Uint8Array>(`c:blob:${stage.blob}`);
    return held?.length === stage.blob_bytes ? held : this.fetch(stage);
  }

  private async fetch(stage: Stage): Promise<Uint8Array> {
    const bytes = await this.api.blob(stage.blob);
    if (bytes.length !== stage.blob_bytes) throw new Error("the sealed form came cut off");
    await this.shelf.setNote(`c:blob:${stage.blob}`, bytes).catch(() => undefined);
    return bytes;
  }
}
