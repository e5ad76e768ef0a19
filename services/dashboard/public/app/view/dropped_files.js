// @ts-check
/** The files of a drop, those in folders included. */

/** @param {DataTransfer} transfer @returns {Promise<File[]>} */
export async function filesOf(transfer) {
  // Items have to be taken before the first await: the transfer is empty afterwards.
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const lists = await Promise.all(items.map((item) => filesOfItem(item.webkitGetAsEntry?.(), item.getAsFile())));
  return lists.flat().filter((file) => !file.name.startsWith("."));
}

/** Only folders are read as entries: not every browser gives the file of an entry. @param {FileSystemEntry|null|undefined} entry @param {File|null} file */
const filesOfItem = (entry, file) => (entry?.isDirectory ? filesIn(entry) : file ? [file] : []);

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
