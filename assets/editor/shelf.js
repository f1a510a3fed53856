export function shelf() {}
