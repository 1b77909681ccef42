/** The room and the host's key out of what a person typed or pasted: only a link has a key. */
export function invitationOf(typed: string): { readonly room: string; readonly key: string | null } {
  const key = /[?&]key=([^&#\s]+)/.exec(typed)?.[1];
  return { room: codeOf(typed), key: key === undefined ? null : decodeSafely(key) };
}

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
