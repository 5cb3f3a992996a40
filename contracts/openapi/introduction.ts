/** The beginning of the document, in Markdown: what a team needs to integrate the API, then the rules of all operations. */
export const introduction = `
Orderly accepts orders, puts them on Kafka and stores them in PostgreSQL. An answer 202 means that Kafka has acknowledged the order: it is never lost and never takes effect twice.

**How to integrate**

1. **Authenticate.** Send \`Authorization: Bearer …\` with a token that has the scope of the operation. The operator of the API names its issuer. A token that is bound to one customer writes and reads only the orders of that customer, and must omit \`order_id\`.
2. **Create.** Send \`POST /api/orders\` with a new \`Idempotency-Key\`, such as a UUID. Store the key with your order before you send it. The answer has the \`order_id\`.
3. **Retry** after a lost connection, a timeout, 429, 502, 503 or 504: send the same body with the same key within 24 hours. It takes effect once. Wait for the seconds of \`Retry-After\`. Without this header, wait for a second, and twice as long after each attempt. After another 4xx, correct the request. After a 500, report the \`request_id\`.
4. **Wait.** \`GET /api/orders/{order_id}?wait=20\` answers when the order has a final status, and after 20 seconds at the latest. Repeat it, at most once a second, until \`status\` is COMPLETED, FAILED or CANCELLED. A new order may be unknown (404) for some seconds.
5. **Stay within the limits.** A body has at most 32 768 bytes. That of a bulk request has at most 2 097 152 bytes and 1,000 orders. The operator may also limit the orders a minute of each principal, which is the subject of a token with its customer. A read and a cancel count as one order. Then \`RateLimit-Policy\` and \`RateLimit\` report the limit and what is left.

**Errors** are problems of [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457), \`application/problem+json\`, with a stable \`code\`. Later versions may add codes: treat an unknown one by its status. An unknown path gets 404 \`route_not_found\`. Another method of a known path gets 405 \`method_not_allowed\` with \`Allow\` (see \`components.responses\`). On AWS, API Gateway itself answers 413, 429 and 503 in some cases, as \`{"message": "…"}\`.

**Requests.** Send each header and each query parameter once. \`Accept\`, conditional headers (\`If-Match\`, \`If-None-Match\`, \`If-Modified-Since\`, \`If-Unmodified-Since\`) and \`Range\` have no effect: the answer is always complete, and is JSON, except for the page at /docs with its files, and for the metrics. \`GET\` operations under /api/orders reject unknown query parameters; the others ignore the query. Web pages may call the API from the origins that its operator has configured. A slash at the end of a path is ignored, or the answer is a redirect (308) to the path without it.

**Answers** may get further fields in later versions: ignore those that you do not know. Each also has the security headers \`Content-Security-Policy\`, \`Referrer-Policy\`, \`Strict-Transport-Security\`, \`X-Content-Type-Options\` and \`X-Frame-Options\`.

**Rules that JSON Schema cannot express** are listed in the description of their schema, and in \`x-rules\` for programs.
`.trim();
