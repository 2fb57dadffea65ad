// An operation of the OpenAPI document while that is completed.
import type { OperationId } from '../../contract/operations';
import type { Role } from '../../db/accounts/api-keys';
import { type Access, rolesOf } from '../access';
import type { Post } from '../idempotency/posts';

export type Json = { readonly [keyword: string]: unknown };

/** What an operation answers, by status. */
export type Answers = { readonly [status: string]: Json };

export type Described = {
  readonly id: OperationId;
  readonly method: string;
  /** As the document has it: `/v1/workspaces/{workspace}`. */
  readonly path: string;
  readonly access: Access;
  /** Of a POST, what it means to come again. */
  readonly post: Post | undefined;
};

/** A route's address as the document has it. */
export function describedPath(url: string): string {
  return url.replace(/:(\w+)/g, '{$1}');
}

export function opensTo(access: Access, role: Role): boolean {
  return access !== 'open' && access.roles.includes(role);
}

/** Whether it is answered once under an Idempotency-Key. */
export function keepsAnswers({ post }: Described): boolean {
  return post !== undefined && post.key !== 'unread';
}

/** The roles whose keys may call an operation; undefined where it needs none. */
export function callersOf({ access, method }: Described): readonly Role[] | undefined {
  return access === 'open' ? undefined : rolesOf(access, method);
}
