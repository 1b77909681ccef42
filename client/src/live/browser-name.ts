/** What kind of browser this is, for the list of tabs: `Chrome/phone`; the screen has the words. Only a hint; nothing depends on it. */
export function browserName(userAgent: string): string {
  const brand = /Edg\//.test(userAgent)
    ? 'Edge'
    : /Firefox\//.test(userAgent)
      ? 'Firefox'
      : /Chrome\/|Chromium\//.test(userAgent)
        ? 'Chrome'
        : /Safari\//.test(userAgent)
          ? 'Safari'
          : 'other';
  const device = /iPad|Tablet/.test(userAgent)
    ? 'tablet'
    : /Mobi|Android/.test(userAgent)
      ? 'phone'
      : 'laptop';
  return `${brand}/${device}`;
}
