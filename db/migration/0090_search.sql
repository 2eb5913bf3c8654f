-- +goose Up
-- The words by which products, categories and collections are found, in the shop's own language, whose locale is empty, and in each language
-- that has translations. Words are folded: in small letters and without accents. Each vector has those of the one before it, as they are
-- and as their language stems them.
CREATE TABLE storegraph.search_document (
    kind   text     NOT NULL CHECK (kind IN ('product', 'category', 'collection')),
    id     text     NOT NULL,
    locale text     NOT NULL,
    size   int      NOT NULL, -- words of the title
    title  tsvector NOT NULL,
    labels tsvector NOT NULL, -- of tags, type, collection, categories, option values, codes
    texts  tsvector NOT NULL, -- of the subtitle and the description
    terms  text[]   NOT NULL, -- those of title and labels that are counted in search_term
    words  text[]   NOT NULL, -- the others that are
    digest text     NOT NULL, -- of what it was made from
    PRIMARY KEY (kind, id, locale)
) WITH (toast_tuple_target = 128); -- what is only written with a document stays out of the way of what is read to rank it
ALTER TABLE storegraph.search_document ALTER kind SET STORAGE MAIN, ALTER id SET STORAGE MAIN, ALTER locale SET STORAGE MAIN,
    ALTER title SET STORAGE MAIN, ALTER labels SET STORAGE MAIN, ALTER texts SET STORAGE EXTERNAL;
CREATE INDEX search_document_title ON storegraph.search_document USING gin (title);
CREATE INDEX search_document_texts ON storegraph.search_document USING gin (texts);

-- The words of all documents of a locale, and how many have them.
CREATE TABLE storegraph.search_term (
    locale    text COLLATE "C" NOT NULL,
    term      text COLLATE "C" NOT NULL,
    spelling  text  NOT NULL, -- with its accents
    shown     int   NOT NULL, -- documents that have it in their title or labels
    documents int   NOT NULL,
    keys      int[] NOT NULL, -- by which it is found where it is misspelled
    PRIMARY KEY (locale, term)
) WITH (fillfactor = 80);
CREATE INDEX search_term_keys ON storegraph.search_term USING gin (keys);

-- What has to be written anew, whichever server does it.
CREATE TABLE storegraph.search_pending (
    kind text NOT NULL,
    id   text NOT NULL,
    PRIMARY KEY (kind, id)
);

-- The one row about the documents: how they are made, up to where the log of changes is taken into account, and whether all have been
-- written.
CREATE TABLE storegraph.search_state (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    format   text    NOT NULL DEFAULT '',
    locales  text[]  NOT NULL DEFAULT '{}',
    snapshot text    NOT NULL DEFAULT '',
    log      text    NOT NULL DEFAULT '',
    last     text    NOT NULL DEFAULT '',
    ready    boolean NOT NULL DEFAULT false
);
INSERT INTO storegraph.search_state DEFAULT VALUES;
