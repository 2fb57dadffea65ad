// Declines by name, with the codes that a card network sends along and the sentence that Stripe shows.

export type Decline = {
  readonly code: string;
  readonly decline_code?: string;
  readonly advice_code?: string;
  readonly network_decline_code?: string;
  readonly network_advice_code?: string;
};

export const declines = {
  generic: declined('generic_decline', '05', 'try_again_later'),
  insufficientFunds: declined('insufficient_funds', '51', 'try_again_later'),
  lostCard: declined('lost_card', '41', 'do_not_try_again'),
  stolenCard: declined('stolen_card', '43', 'do_not_try_again'),
  velocity: declined('card_velocity_exceeded', '65', 'try_again_later'),
  // By Stripe itself: the bank was not asked, so there is no code of the network.
  fraudulent: { code: 'card_declined', decline_code: 'fraudulent', advice_code: 'do_not_try_again' },
  expired: {
    code: 'expired_card',
    decline_code: 'expired_card',
    network_decline_code: '54',
    advice_code: 'do_not_try_again',
  },
  incorrectCvc: {
    code: 'incorrect_cvc',
    decline_code: 'incorrect_cvc',
    network_decline_code: 'N7',
    advice_code: 'confirm_card_data',
  },
  processingError: {
    code: 'processing_error',
    decline_code: 'processing_error',
    network_decline_code: '96',
    advice_code: 'try_again_later',
  },
  incorrectNumber: { code: 'incorrect_number', decline_code: 'incorrect_number', advice_code: 'confirm_card_data' },
  notATestCard: { code: 'card_declined', decline_code: 'test_mode_live_card' },
  authenticationRequired: { code: 'authentication_required', decline_code: 'authentication_required' },
} as const satisfies Readonly<Record<string, Decline>>;

function declined(decline_code: string, network_decline_code: string, advice_code: string): Decline {
  return { code: 'card_declined', decline_code, network_decline_code, advice_code };
}

const sentences: Readonly<Record<string, string>> = {
  insufficient_funds: 'Your card has insufficient funds.',
  expired_card: 'Your card has expired.',
  incorrect_cvc: "Your card's security code is incorrect.",
  incorrect_number: 'Your card number is incorrect.',
  processing_error: 'An error occurred while processing your card. Try again in a little bit.',
  card_velocity_exceeded:
    'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
  authentication_required: 'Your card was declined. This transaction requires authentication.',
  test_mode_live_card: 'Your card was declined. Your request was in test mode, but used a non test card.',
};

export function sentenceOf({ code, decline_code: declineCode }: Decline): string {
  return sentences[declineCode ?? ''] ?? sentences[code] ?? 'Your card was declined.';
}
