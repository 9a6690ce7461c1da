-- Customers who are to be forgotten, by the pseudonyms they had. Kept for ever: an event that is read again from
-- Kafka, or sent again, is stored without its customer, comment and attributes.
CREATE TABLE IF NOT EXISTS {database}.forgotten
(
    customer     String                COMMENT 'pseudonym; never a raw id where pseudonyms are keyed',
    forgotten_at DateTime64(3, 'UTC')  DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(forgotten_at)
ORDER BY customer;
