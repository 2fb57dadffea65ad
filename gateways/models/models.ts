// The port to the platform that runs the models: what billing may ask of it. docs/platform-openapi.json is the contract that a
// platform implements.

/** Who stopped a model: billing, or its owner, whose own decision billing never undoes. */
export type StoppedBy = 'billing' | 'owner';

export type ModelState = { readonly state: 'active' } | { readonly state: 'stopped'; readonly stoppedBy: StoppedBy };

export type ListedModel = { readonly model: string } & ModelState;

/** Why a workspace is stopped. */
export type StopReason = 'credits' | 'past_due' | 'operator';

export type ModelCommand = {
  readonly workspace: string;
  readonly model: string;
  readonly reason: StopReason;
  /** For people: shown by the platform beside the model. */
  readonly message: string;
  /** Grows with every change of what billing wants of this model: a command that comes late loses. From 1. */
  readonly generation: number;
};

export type ModelsListed =
  | { readonly kind: 'listed'; readonly models: readonly ListedModel[] }
  /** Nothing is known; asked again, it may be. */
  | { readonly kind: 'failed'; readonly why: string };

export type CommandOutcome =
  /** How the model is now: as commanded, or as its owner left it. */
  | { readonly kind: 'done'; readonly now: ModelState }
  /** There is no such model (any more). */
  | { readonly kind: 'gone' }
  /** The platform has had a later command. */
  | { readonly kind: 'superseded' }
  /** Whether it was carried out is not known: it is sent again as it is. */
  | { readonly kind: 'failed'; readonly why: string };

/**
 * Every call is signed, times out, and never throws for what the platform says or does not say. A command may be sent any
 * number of times.
 */
export interface ModelsGateway {
  /** The models of a workspace; none where the platform does not know it. */
  listModels(workspace: string): Promise<ModelsListed>;
  /** Stops a model. One that its owner stopped stays as it is. */
  deactivateModel(command: ModelCommand): Promise<CommandOutcome>;
  /** Starts a model that billing stopped. One that its owner stopped stays as it is. */
  reactivateModel(command: ModelCommand): Promise<CommandOutcome>;
}
