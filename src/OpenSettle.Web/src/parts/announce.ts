/** Says something to whoever listens to the page rather than looks at it. */
export function announce(message: string): void {
  const announcer = document.getElementById("announcer");
  if (announcer === null) return;
  announcer.textContent = "";
  // A moment of emptiness makes the same message count as a new one.
  setTimeout(() => (announcer.textContent = message), 50);
}
