-- Rows that have expired are found by their age, without a look at the others.
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX dead_letters_closed ON dead_letters (changed_at) WHERE state <> 'open';
