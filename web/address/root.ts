// Minutebook may lie beneath a path of its host: what stands before /v1 and /billing, or nothing. Addresses within the page are
// without it, and it is put before them where they leave for the browser.
export const root = document.querySelector<HTMLMetaElement>('meta[name="minutebook-root"]')?.content ?? '';
