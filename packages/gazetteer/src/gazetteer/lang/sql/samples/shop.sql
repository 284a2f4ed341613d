-- The schema of the shop.

\i types.sql
\ir 'more/views.sql'
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE SCHEMA shop;

CREATE TYPE shop.mood AS ENUM ('sad', 'so so');
CREATE TYPE pair AS (a int, b double precision);
CREATE TYPE shell;
CREATE DOMAIN price AS numeric(10, 2) NOT NULL CHECK (VALUE > 0);
CREATE SEQUENCE ids START 1;

/* Items of the shop;
   CREATE TABLE no_1 (a int); */
CREATE TABLE IF NOT EXISTS shop.items (
  -- The key.
  id bigint PRIMARY KEY DEFAULT nextval('ids'),
  name varchar(20) NOT NULL DEFAULT 'it''s; CREATE TABLE no_2 (a int);', -- How it is called.
  "Odd name" timestamp with time zone,
  tags text[] UNIQUE,
  "select" numeric(10, 2) CHECK ("select" > 0), key text,
  shelf int REFERENCES shelves (id) ON DELETE CASCADE,
  CONSTRAINT positive CHECK (id > 0),
  UNIQUE (name, shelf),
  EXCLUDE USING gist (tags WITH &&),
  FOREIGN KEY (shelf) REFERENCES shelves
) PARTITION BY RANGE (id);
CREATE TABLE items_1 PARTITION OF shop.items FOR VALUES FROM (1) TO (10);
CREATE TEMP TABLE old AS SELECT * FROM shop.items;
ALTER TABLE ONLY shop.items ADD COLUMN IF NOT EXISTS extra jsonb NOT NULL, ADD CONSTRAINT c CHECK (true), DROP COLUMN key;
ALTER TABLE other ADD weight real;

CREATE UNIQUE INDEX CONCURRENTLY by_name ON shop.items (name);
CREATE INDEX ON shop.items (shelf);
CREATE OR REPLACE VIEW cheap (id, name) AS SELECT id, name FROM shop.items;
CREATE MATERIALIZED VIEW dear AS SELECT 1;

-- Adds.
CREATE FUNCTION add(a integer, b integer = 2, VARIADIC rest text[] DEFAULT '{}') RETURNS TABLE (x int, y int)
  LANGUAGE plpgsql AS $body$
DECLARE c int;
BEGIN
  CREATE TABLE no_3 (a int);
  EXECUTE 'CREATE TABLE no_4 (a int)';
END;
$body$;
CREATE FUNCTION plain(int, double precision, OUT total numeric) RETURNS SETOF record AS 'SELECT 1;' LANGUAGE SQL IMMUTABLE;
CREATE FUNCTION modern(a int) RETURNS int BEGIN ATOMIC SELECT a; SELECT CASE WHEN a THEN 1 END; END;
CREATE PROCEDURE pay(INOUT x int) AS $$ SELECT $1 $$ LANGUAGE SQL;
CREATE AGGREGATE total (int) (sfunc = add, stype = int);
CREATE TRIGGER watch BEFORE UPDATE OF name ON shop.items FOR EACH ROW EXECUTE FUNCTION add();
CREATE OPERATOR + (leftarg = int);
CREATE ROLE clerk;
COMMENT ON TABLE items_1 IS 'The first ten.';
COMMENT ON COLUMN shop.items.tags IS 'What it''s like.';
COMMENT ON FUNCTION add(int) IS NULL;
COPY shop.items FROM stdin;
1	CREATE TABLE no_5 (a int);
\.
SELECT $$ CREATE TABLE no_6 (a int); $$, E'\'; CREATE TABLE no_7 (a int);', U&'d';
CREATE TABLE last_one (a int);
