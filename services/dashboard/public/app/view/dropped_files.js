// @ts-check
/** The files of a drop, those in folders included. */

/** @param {DataTransfer} transfer @returns {Promise<File[]>} */
export async function filesOf(transfer) {
  // Entries have to be taken before the first await: the transfer is empty afterwards.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry != null);
  if (entries.length === 0) return [...transfer.files];
  const lists = await Promise.all(entries.map(filesIn));
  return lists.flat().filter((file) => !file.name.startsWith("."));
}

/** @param {FileSystemEntry} entry @returns {Promise<File[]>} */
async function filesIn(entry) {
  if (entry.isFile) {
    const file = /** @type {FileSystemFileEntry} */ (entry);
    return [await new Promise((resolve, reject) => file.file(resolve, reject))];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {File[]} */ const files = [];
  for (;;) {
    // A directory is read in portions; an empty one is the end.
    /** @type {FileSystemEntry[]} */ const portion = await new Promise((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (portion.length === 0) return files;
    files.push(...(await Promise.all(portion.map(filesIn))).flat());
  }
}
