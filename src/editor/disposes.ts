/** Something that ends; the editor's own class `Disposable` is one of many. */
export interface Disposes {
  dispose(): unknown;
}
