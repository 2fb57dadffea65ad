// What endpoints are sent, as the OpenAPI document's `webhooks`.
import { exampleOf } from '../../contract/examples';
import { webhookSchemas } from '../../contract/webhook-events';

const signatureHeaders = {
  'webhook-id': 'of the event, the same each time it is sent: whoever has had it knows it again',
  'webhook-timestamp': 'when this was sent, in seconds since the epoch',
  'webhook-signature': 'one or more `v1,<signature>` with spaces between them, over id, timestamp and body',
};

/** By type of event. */
export function describedWebhooks() {
  const parameters = Object.entries(signatureHeaders).map(([name, description]) => ({
    ...{ name, description, in: 'header' as const, required: true },
    schema: { type: 'string' as const },
  }));
  const described = Object.entries(webhookSchemas).map(([type, schema]) => {
    const example = exampleOf(schema, schema.$id ?? type);
    const content = { 'application/json': { schema: { $ref: `#/components/schemas/${schema.$id}` }, example } };
    const post = {
      operationId: type.replace(/[._](\w)/g, (_, letter: string) => letter.toUpperCase()),
      tags: ['Webhooks'],
      summary: type,
      description: schema.description ?? '',
      security: [],
      parameters,
      requestBody: { required: true, content },
      responses: {
        '2XX': { description: 'Taken' },
        '410': { description: 'Nothing more is wanted: the endpoint is disabled' },
        default: {
          description: 'Not taken: it is sent again for three days, and after Retry-After where 429 or 503 says so',
        },
      },
    };
    return [type, { post }] as const;
  });
  return Object.fromEntries(described);
}
