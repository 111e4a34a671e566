/** Hands a file to the browser, under a name of this page's own choosing. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Kept until the browser has surely begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
