/** The room's code out of what a person typed or pasted: a link, `Maple Otter 42`, `maple-otter-42`; '' without one. */
export function codeOf(typed: string): string {
  const trimmed = typed.trim();
  const fromLink = /[?&]room=([^&#\s]+)/.exec(trimmed)?.[1];
  const code = fromLink === undefined ? trimmed : decodeSafely(fromLink);
  return code.toLowerCase().replace(/\s+/g, '-');
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
