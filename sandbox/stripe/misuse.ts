/** A switch thrown wrongly, with the sentence that whoever threw it reads. */
export class Misuse extends Error {
  constructor(
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}
