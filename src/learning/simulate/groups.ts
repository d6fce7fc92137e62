/** For a balanced seed: the records that hold each label, by label, and those that hold none. */
export function groupsByLabel(records: readonly (readonly { readonly label: string }[])[]): number[][] {
  const groups = new Map<string, number[]>();
  const none: number[] = [];
  records.forEach((things, i) => {
    if (things.length === 0) none.push(i);
    for (const label of new Set(things.map((thing) => thing.label))) {
      const group = groups.get(label);
      if (group) group.push(i);
      else groups.set(label, [i]);
    }
  });
  const labels = [...groups.keys()].sort();
  return [...labels.map((label) => groups.get(label)!), ...(none.length > 0 ? [none] : [])];
}

/** At most about `count` of the items, evenly spread. */
export function spread<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.ceil(items.length / count));
  return items.filter((_, i) => i % step === 0);
}
