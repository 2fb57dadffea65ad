export type Delivery = { readonly id: string };

import type Stripe from 'stripe';
import type { World } from '../world';
export function enqueue(_world: World, _event: Stripe.Event): void {}
