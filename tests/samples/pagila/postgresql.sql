-- Pagila's schema with people of our own. A line `-- next` stands between statements.
create domain "bıgınt" as bigint;
-- next
create domain year as integer constraint year_check check (value between 1901 and 2155);
-- next
create type mpaa_rating as enum ('G', 'PG', 'PG-13', 'R', 'NC-17');
-- next
create function last_updated() returns trigger language plpgsql as $$
begin
    new.last_update = now();
    return new;
end
$$;
-- next
create function _group_concat(text, text) returns text language sql immutable
    as $$ select concat_ws(', ', $1, $2) $$;
-- next
create aggregate group_concat(text) (sfunc = _group_concat, stype = text);
-- next
create table country (
    country_id serial constraint country_pkey primary key,
    country text not null,
    last_update timestamptz not null default now()
);
-- next
create table city (
    city_id serial constraint city_pkey primary key,
    city text not null,
    country_id integer not null constraint city_country_id_fkey
        references country (country_id) on update cascade on delete restrict,
    last_update timestamptz not null default now()
);
-- next
create table address (
    address_id serial constraint address_pkey primary key,
    address text not null,
    address2 text,
    district text not null,
    city_id integer not null constraint address_city_id_fkey
        references city (city_id) on update cascade on delete restrict,
    postal_code text,
    phone text not null,
    last_update timestamptz not null default now()
);
-- next
create table store (
    store_id serial constraint store_pkey primary key,
    manager_staff_id integer not null,
    address_id integer not null constraint store_address_id_fkey
        references address (address_id) on update cascade on delete restrict,
    last_update timestamptz not null default now()
);
-- next
create table staff (
    staff_id serial constraint staff_pkey primary key,
    first_name text not null,
    last_name text not null,
    address_id integer not null constraint staff_address_id_fkey
        references address (address_id) on update cascade on delete restrict,
    email text,
    store_id integer not null constraint staff_store_id_fkey references store (store_id),
    active boolean not null default true,
    username text not null,
    password text,
    last_update timestamptz not null default now(),
    picture bytea
);
-- next
create table customer (
    customer_id serial constraint customer_pkey primary key,
    store_id integer not null constraint customer_store_id_fkey
        references store (store_id) on update cascade on delete restrict,
    first_name text not null,
    last_name text not null,
    email text,
    address_id integer not null constraint customer_address_id_fkey
        references address (address_id) on update cascade on delete restrict,
    activebool boolean not null default true,
    create_date date not null default current_date,
    last_update timestamptz default now(),
    active integer
);
-- next
create table actor (
    actor_id serial constraint actor_pkey primary key,
    first_name text not null,
    last_name text not null,
    last_update timestamptz not null default now()
);
-- next
create table category (
    category_id serial constraint category_pkey primary key,
    name text not null,
    last_update timestamptz not null default now()
);
-- next
create table language (
    language_id serial constraint language_pkey primary key,
    name char(20) not null,
    last_update timestamptz not null default now()
);
-- next
create table film (
    film_id serial constraint film_pkey primary key,
    title text not null,
    description text,
    release_year year,
    language_id integer not null constraint film_language_id_fkey
        references language (language_id) on update cascade on delete restrict,
    original_language_id integer constraint film_original_language_id_fkey
        references language (language_id) on update cascade on delete restrict,
    rental_duration smallint not null default 3,
    rental_rate numeric(4, 2) not null default 4.99,
    length smallint,
    replacement_cost numeric(5, 2) not null default 19.99,
    rating mpaa_rating default 'G',
    last_update timestamptz not null default now(),
    special_features text[],
    fulltext tsvector not null
);
-- next
create table film_actor (
    actor_id integer not null constraint film_actor_actor_id_fkey
        references actor (actor_id) on update cascade on delete restrict,
    film_id integer not null constraint film_actor_film_id_fkey
        references film (film_id) on update cascade on delete restrict,
    last_update timestamptz not null default now(),
    constraint film_actor_pkey primary key (actor_id, film_id)
);
-- next
create table film_category (
    film_id integer not null constraint film_category_film_id_fkey
        references film (film_id) on update cascade on delete restrict,
    category_id integer not null constraint film_category_category_id_fkey
        references category (category_id) on update cascade on delete restrict,
    last_update timestamptz not null default now(),
    constraint film_category_pkey primary key (film_id, category_id)
);
-- next
create table inventory (
    inventory_id serial constraint inventory_pkey primary key,
    film_id integer not null constraint inventory_film_id_fkey
        references film (film_id) on update cascade on delete restrict,
    store_id integer not null constraint inventory_store_id_fkey
        references store (store_id) on update cascade on delete restrict,
    last_update timestamptz not null default now()
);
-- next
create table rental (
    rental_id serial constraint rental_pkey primary key,
    rental_date timestamptz not null,
    inventory_id integer not null constraint rental_inventory_id_fkey
        references inventory (inventory_id) on update cascade on delete restrict,
    customer_id integer not null constraint rental_customer_id_fkey
        references customer (customer_id) on update cascade on delete restrict,
    return_date timestamptz,
    staff_id integer not null constraint rental_staff_id_fkey
        references staff (staff_id) on update cascade on delete restrict,
    last_update timestamptz not null default now()
);
-- next
create table payment (
    payment_id serial,
    customer_id integer not null,
    staff_id integer not null,
    rental_id integer not null,
    amount numeric(5, 2) not null,
    payment_date timestamptz not null,
    constraint payment_pkey primary key (payment_date, payment_id)
) partition by range (payment_date);
-- next
-- As in the original, the keys and indexes belong to the partitions, and the last one has none.
do $$
declare
    month date := '2022-01-01';
    part text;
    target text;
begin
    while month < '2022-08-01' loop
        part := 'payment_p' || to_char(month, 'YYYY_MM');
        execute format(
            'create table %I partition of payment for values from (%L) to (%L)',
            part, month || ' 00:00+00', (month + interval '1 month')::date || ' 00:00+00'
        );
        if month < '2022-07-01' then
            foreach target in array array['customer', 'staff', 'rental'] loop
                execute format(
                    'alter table %1$I add constraint %2$I foreign key (%3$I) references %4$I (%3$I)',
                    part, part || '_' || target || '_id_fkey', target || '_id', target
                );
            end loop;
            execute format(
                'create index %I on %I (customer_id)', 'idx_fk_' || part || '_customer_id', part
            );
            execute format(
                'create index %I on %I (staff_id)', 'idx_fk_' || part || '_staff_id', part
            );
            execute format(
                'create index %I on %I (customer_id)', part || '_customer_id_idx', part
            );
        end if;
        month := month + interval '1 month';
    end loop;
end
$$;
-- next
create index film_fulltext_idx on film using gist (fulltext);
-- next
create index idx_actor_last_name on actor (last_name);
-- next
create index idx_fk_address_id on customer (address_id);
-- next
create index idx_fk_city_id on address (city_id);
-- next
create index idx_fk_country_id on city (country_id);
-- next
create index idx_fk_film_id on film_actor (film_id);
-- next
create index idx_fk_inventory_id on rental (inventory_id);
-- next
create index idx_fk_language_id on film (language_id);
-- next
create index idx_fk_original_language_id on film (original_language_id);
-- next
create index idx_fk_store_id on customer (store_id);
-- next
create index idx_last_name on customer (last_name);
-- next
create index idx_store_id_film_id on inventory (store_id, film_id);
-- next
create index idx_title on film (title);
-- next
create unique index idx_unq_manager_staff_id on store (manager_staff_id);
-- next
create unique index idx_unq_rental_rental_date_inventory_id_customer_id
    on rental (rental_date, inventory_id, customer_id);
-- next
create trigger film_fulltext_trigger before insert or update on film for each row
    execute function tsvector_update_trigger('fulltext', 'pg_catalog.english', 'title', 'description');
-- next
do $$
declare
    target text;
begin
    foreach target in array array[
        'actor', 'address', 'category', 'city', 'country', 'customer', 'film', 'film_actor',
        'film_category', 'inventory', 'language', 'rental', 'staff', 'store'
    ] loop
        execute format(
            'create trigger last_updated before update on %I'
            ' for each row execute function last_updated()',
            target
        );
    end loop;
end
$$;
-- next
insert into country (country_id, country) values
    (1, 'Australia'), (2, 'Canada'), (3, 'Germany'), (4, 'United Kingdom'), (5, 'United States');
-- next
insert into city (city_id, city, country_id) values
    (1, 'Brandon', 2), (2, 'Cairns', 1), (3, 'Potsdam', 3), (4, 'York', 4), (5, 'Duluth', 5),
    (6, 'Austin', 5), (7, 'Brisbane', 1);
-- next
insert into address (address_id, address, address2, district, city_id, postal_code, phone) values
    (1, '1 Reel Street', null, 'Manitoba', 1, '', ''),
    (2, '2 Projector Parade', null, 'QLD', 2, '', ''),
    (3, '15 Willow Bend', null, 'Manitoba', 1, '', '+1 (204) 555-0103'),
    (4, '88 Mango Crescent', null, 'QLD', 2, '', ''),
    (5, '9 Pecan Place', '', 'Texas', 6, '73301', '+1 (512) 555-0105'),
    (6, '27 Boathouse Road', '', 'Minnesota', 5, '55801', '+1 (218) 555-0106'),
    (7, '34 Candle Wynd', 'Flat 2', 'North Yorkshire', 4, 'YO99 1CW', '+44 1632 960107'),
    (8, '5 Ore Dock Lane', '', '', 5, '55802', ''),
    (9, '61 Kastanienweg', '', 'Brandenburg', 3, '14467', '+49 30 23125 109'),
    (10, '61 Kastanienweg', '', 'Brandenburg', 3, '14467', '+49 30 23125 109'),
    (11, '70 Jacaranda Rise', '', 'QLD', 7, '4000', '+61 7 5550 0111'),
    (12, '12 Bluebonnet Loop', null, 'Texas', 6, null, '0'),
    (13, '8 Shambles Corner', '', 'North Yorkshire', 4, 'YO99 2SC', '+44 7700 900113'),
    (14, '46 Elevator Road', '', 'Manitoba', 1, 'R7A 0A1', '+1 (204) 555-0114'),
    (15, '23 Prairie View', '', 'Manitoba', 1, 'R7A 0A2', '+1 (204) 555-0115'),
    (16, '19 Reef Lookout', '', 'QLD', 2, '4870', '+61 7 5550 0116'),
    (17, '3 Cassowary Court', '', 'QLD', 7, '4001', 'n/a'),
    (18, '55 Ironbark Street', '', 'QLD', 7, '4002', '+61 7 5550 0118');
-- next
insert into store (store_id, manager_staff_id, address_id) values
    (1, 1, 1), (2, 2, 2);
-- next
insert into staff (
    staff_id, first_name, last_name, address_id, picture, email, store_id, active, username,
    password
) values
    (1, 'Rowan', 'Dallow', 3, '\x47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b', 'Rowan.Dallow@staff.example', 1, true, 'Rowan',
     'f31705a7a29a9dcfcc217c7f0ede9a810ba9550b'),
    (2, 'Ilse', 'Marks', 4, null, 'Ilse.Marks@staff.example', 2, true, 'Ilse', null),
    (3, 'Erna', 'Bolt', 14, '\x', 'erna.bolt@staff.example', 1, true, 'Erna', ''),
    (4, 'Devin', 'Okoro', 15, '\x47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b', 'devin.okoro@staff.example', 1, true, 'Devin',
     'ac0cf2578931aa54faf7164d8e4cb611ffc0474c'),
    (5, 'Pia', 'Lund', 16, null, null, 2, true, 'Pia', null),
    (6, 'Hugo', 'Stamm', 17, null, '', 2, true, 'Hugo', null),
    (7, 'Mei', 'Tran', 18, null, 'mei.tran@staff.example', 2, false, 'Mei', null),
    (8, 'Oscar', 'Vane', 1, null, 'oscar.vane@staff.example', 1, true, 'Oscar', null);
-- next
insert into customer (
    customer_id, store_id, first_name, last_name, email, address_id, activebool, create_date,
    active
) values
    (1, 1, 'HESTER', 'QUILL', 'HESTER.QUILL@customer.example', 5, true, '2022-01-02', 1),
    (2, 1, 'ODALYS', 'VARGA', 'ODALYS.VARGA@customer.example', 6, true, '2022-01-02', 1),
    (3, 1, 'BERTRAM', 'NOCK', 'BERTRAM.NOCK@customer.example', 7, true, '2022-01-02', 1),
    (4, 2, 'WINIFRED', 'NOCK', 'WINIFRED.NOCK@customer.example', 7, true, '2022-01-02', 1),
    (5, 1, 'LEOPOLD', 'STRAY', 'LEOPOLD.STRAY@customer.example', 8, false, '2022-01-02', 0),
    (6, 2, 'CALLUM', 'REEVE', 'CALLUM.REEVE@customer.example', 9, true, '2022-01-02', 1),
    (7, 2, 'TESSA', 'REEVE', 'TESSA.REEVE@customer.example', 10, true, '2022-01-03', 1),
    (8, 1, 'PHILIPPA', 'GROVE', null, 11, true, '2022-01-03', 1),
    (9, 2, 'JAROSLAV', 'PIVEC', '', 12, true, '2022-01-03', 1),
    (10, 2, 'SAOIRSE', 'LYNOTT', 'Saoirse.Lynott@customer.example', 13, true, '2022-01-03', 1),
    (11, 1, 'MIKA', 'DALLOW', 'MIKA.DALLOW@customer.example', 3, true, '2022-01-03', 1),
    (12, 1, 'ERNA', 'BOLT', 'Erna.Bolt@staff.example', 14, true, '2022-01-03', 1);
-- next
insert into actor (actor_id, first_name, last_name) values
    (1, 'DELPHINE', 'ARCHER'), (2, 'OTTO', 'BRISK'), (3, 'LENORE', 'CASK'), (4, 'TOMAS', 'DRAY'),
    (5, 'YVAINE', 'ELM');
-- next
insert into category (category_id, name) values
    (1, 'Drama'), (2, 'Farce'), (3, 'Documentary'), (4, 'Musical');
-- next
insert into language (language_id, name) values
    (1, 'English'), (2, 'German'), (3, 'French');
-- next
insert into film (
    film_id, title, description, release_year, language_id, original_language_id, rental_duration,
    rental_rate, length, replacement_cost, rating, special_features
) values
    (1, 'AMBER HARBOUR', 'A quiet drama of a ferryman and a lamp maker who meet in a flooded town', 2019, 1, null, 5, 1.49, 94, 17.5, 'PG', '{"Deleted Scenes","Behind the Scenes"}'),
    (2, 'BRASS COMET', 'A farce of two astronomers and a missing telescope', 2020, 1, 2, 4, 3.49, 71, 14.0, 'G', '{Trailers,"Deleted Scenes"}'),
    (3, 'CINDER WALTZ', 'A tale of a baker who dances at night', 2018, 2, null, 6, 2.49, 103, 16.25, 'NC-17', '{Trailers}'),
    (4, 'DUSK PARADE', 'A documentary on street lamps', 2021, 1, null, 3, 2.49, 58, 24.75, 'PG-13', '{Commentaries,"Behind the Scenes"}'),
    (5, 'EMBER LIGHT', null, null, 1, null, 2, 2.49, null, 21.0, 'R', null);
-- next
insert into film_actor (actor_id, film_id) values
    (1, 1), (1, 3), (2, 1), (2, 2), (3, 3), (4, 2), (4, 5), (5, 4);
-- next
insert into film_category (film_id, category_id) values
    (1, 1), (2, 2), (3, 4), (4, 3), (5, 1);
-- next
insert into inventory (inventory_id, film_id, store_id) values
    (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, 2), (5, 3, 1), (6, 3, 2), (7, 4, 1), (8, 4, 2), (9, 5, 1),
    (10, 5, 2);
-- next
insert into rental (rental_id, rental_date, inventory_id, customer_id, return_date, staff_id) values
    (1, '2022-01-03 09:00:00+00', 1, 1, '2022-01-05 10:00:00+00', 1),
    (2, '2022-02-08 10:07:00+00', 2, 2, '2022-02-10 11:11:00+00', 2),
    (3, '2022-03-13 11:14:00+00', 3, 3, '2022-03-15 12:22:00+00', 4),
    (4, '2022-04-18 12:21:00+00', 4, 4, '2022-04-20 13:33:00+00', 7),
    (5, '2022-05-23 13:28:00+00', 5, 5, null, 3),
    (6, '2022-06-04 14:35:00+00', 6, 6, '2022-06-06 15:55:00+00', 1),
    (7, '2022-07-09 15:42:00+00', 7, 7, '2022-07-11 16:06:00+00', 2),
    (8, '2022-01-14 16:49:00+00', 8, 8, '2022-01-16 17:17:00+00', 4),
    (9, '2022-02-19 17:56:00+00', 9, 9, '2022-02-21 18:28:00+00', 7),
    (10, '2022-03-24 18:03:00+00', 10, 10, '2022-03-26 19:39:00+00', 3),
    (11, '2022-04-05 09:10:00+00', 1, 11, '2022-04-07 10:50:00+00', 1),
    (12, '2022-05-10 10:17:00+00', 2, 12, '2022-05-12 11:01:00+00', 2),
    (13, '2022-06-15 11:24:00+00', 3, 1, '2022-06-17 12:12:00+00', 4),
    (14, '2022-07-20 12:31:00+00', 4, 2, null, 7),
    (15, '2022-01-25 13:38:00+00', 5, 3, '2022-01-27 14:34:00+00', 3),
    (16, '2022-02-06 14:45:00+00', 6, 4, '2022-02-08 15:45:00+00', 1),
    (17, '2022-03-11 15:52:00+00', 7, 5, '2022-03-13 16:56:00+00', 2),
    (18, '2022-04-16 16:59:00+00', 8, 6, '2022-04-18 17:07:00+00', 4),
    (19, '2022-05-21 17:06:00+00', 9, 7, '2022-05-23 18:18:00+00', 7),
    (20, '2022-06-26 18:13:00+00', 10, 8, '2022-06-28 19:29:00+00', 3),
    (21, '2022-07-07 09:20:00+00', 1, 9, '2022-07-09 10:40:00+00', 1),
    (22, '2022-01-12 10:27:00+00', 2, 10, '2022-01-14 11:51:00+00', 2),
    (23, '2022-02-17 11:34:00+00', 3, 11, null, 4),
    (24, '2022-03-22 12:41:00+00', 4, 12, '2022-03-24 13:13:00+00', 7),
    (25, '2022-05-14 19:40:00+00', 1, 3, '2022-05-17 12:05:00+00', 1),
    (26, '2022-05-14 19:40:00+00', 2, 10, null, 1),
    (27, '2022-07-09 18:05:00+00', 5, 1, null, 4);
-- next
insert into payment (payment_id, customer_id, staff_id, rental_id, amount, payment_date) values
    (1, 1, 2, 1, 1.49, '2022-01-03 09:00:00+00'), (2, 2, 2, 2, 2.49, '2022-02-08 10:07:00+00'),
    (3, 3, 4, 3, 3.49, '2022-03-13 11:14:00+00'), (4, 4, 7, 4, 1.49, '2022-04-18 12:21:00+00'),
    (5, 5, 1, 5, 2.49, '2022-05-23 13:28:00+00'), (6, 6, 1, 6, 3.49, '2022-06-04 14:35:00+00'),
    (7, 7, 2, 7, 1.49, '2022-07-09 15:42:00+00'), (8, 8, 4, 8, 2.49, '2022-01-14 16:49:00+00'),
    (9, 9, 3, 9, 3.49, '2022-02-19 17:56:00+00'), (10, 10, 3, 10, 1.49, '2022-03-24 18:03:00+00'),
    (11, 11, 1, 11, 2.49, '2022-04-05 09:10:00+00'), (12, 12, 2, 12, 3.49, '2022-05-10 10:17:00+00'),
    (13, 1, 7, 13, 1.49, '2022-06-15 11:24:00+00'), (14, 2, 7, 14, 2.49, '2022-07-20 12:31:00+00'),
    (15, 3, 3, 15, 3.49, '2022-01-25 13:38:00+00'), (16, 4, 1, 16, 1.49, '2022-02-06 14:45:00+00'),
    (17, 5, 4, 17, 2.49, '2022-03-11 15:52:00+00'), (18, 6, 4, 18, 3.49, '2022-04-16 16:59:00+00'),
    (19, 7, 7, 19, 1.49, '2022-05-21 17:06:00+00'), (20, 8, 3, 20, 2.49, '2022-06-26 18:13:00+00'),
    (21, 9, 2, 21, 3.49, '2022-07-07 09:20:00+00'), (22, 10, 2, 22, 1.49, '2022-01-12 10:27:00+00'),
    (23, 11, 4, 23, 2.49, '2022-02-17 11:34:00+00'), (24, 12, 7, 24, 3.49, '2022-03-22 12:41:00+00'),
    (25, 3, 1, 25, 1.49, '2022-05-14 19:40:00+00'), (26, 10, 1, 26, 1.49, '2022-05-14 19:40:00+00'),
    (27, 1, 4, 27, 2.49, '2022-07-09 18:05:00+00');
-- next
select
    setval('country_country_id_seq', (select max(country_id) from country)),
    setval('city_city_id_seq', (select max(city_id) from city)),
    setval('address_address_id_seq', (select max(address_id) from address)),
    setval('store_store_id_seq', (select max(store_id) from store)),
    setval('staff_staff_id_seq', (select max(staff_id) from staff)),
    setval('customer_customer_id_seq', (select max(customer_id) from customer)),
    setval('actor_actor_id_seq', (select max(actor_id) from actor)),
    setval('category_category_id_seq', (select max(category_id) from category)),
    setval('language_language_id_seq', (select max(language_id) from language)),
    setval('film_film_id_seq', (select max(film_id) from film)),
    setval('inventory_inventory_id_seq', (select max(inventory_id) from inventory)),
    setval('rental_rental_id_seq', (select max(rental_id) from rental)),
    setval('payment_payment_id_seq', (select max(payment_id) from payment));
-- next
create view customer_list as
select
    c.customer_id as id, c.first_name || ' ' || c.last_name as name, a.address,
    a.postal_code as "zip code", a.phone, city.city, country.country,
    case when c.activebool then 'active' else '' end as notes, c.store_id as sid
from customer c
join address a using (address_id)
join city using (city_id)
join country using (country_id);
-- next
create view staff_list as
select
    s.staff_id as id, s.first_name || ' ' || s.last_name as name, a.address,
    a.postal_code as "zip code", a.phone, city.city, country.country, s.store_id as sid
from staff s
join address a using (address_id)
join city using (city_id)
join country using (country_id);
-- next
create view film_list as
select
    f.film_id as fid, f.title, f.description, c.name as category, f.rental_rate as price,
    f.length, f.rating, group_concat(a.first_name || ' ' || a.last_name) as actors
from film f
join film_category using (film_id)
join category c using (category_id)
join film_actor using (film_id)
join actor a using (actor_id)
group by f.film_id, c.name;
-- next
create view nicer_but_slower_film_list as
select
    f.film_id as fid, f.title, f.description, c.name as category, f.rental_rate as price,
    f.length, f.rating, group_concat(initcap(a.first_name) || initcap(a.last_name)) as actors
from film f
join film_category using (film_id)
join category c using (category_id)
join film_actor using (film_id)
join actor a using (actor_id)
group by f.film_id, c.name;
-- next
create view actor_info as
select
    a.actor_id, a.first_name, a.last_name,
    group_concat(distinct c.name || ': ' || f.title) as film_info
from actor a
left join film_actor using (actor_id)
left join film f using (film_id)
left join film_category using (film_id)
left join category c using (category_id)
group by a.actor_id;
-- next
create view sales_by_film_category as
select c.name as category, sum(p.amount) as total_sales
from payment p
join rental using (rental_id)
join inventory using (inventory_id)
join film_category using (film_id)
join category c using (category_id)
group by c.name
order by total_sales desc;
-- next
create view sales_by_store as
select
    city.city || ',' || country.country as store, m.first_name || ' ' || m.last_name as manager,
    sum(p.amount) as total_sales
from payment p
join rental r using (rental_id)
join inventory i using (inventory_id)
join store s on s.store_id = i.store_id
join address a on a.address_id = s.address_id
join city using (city_id)
join country using (country_id)
join staff m on m.staff_id = s.manager_staff_id
group by country.country, city.city, s.store_id, m.first_name, m.last_name
order by country.country, city.city;
-- next
create materialized view rental_by_category as
select category, total_sales from sales_by_film_category;
-- next
create unique index rental_category on rental_by_category (category);
