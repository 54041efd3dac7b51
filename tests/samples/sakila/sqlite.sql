-- Sakila's schema with people of our own. A line `-- next` stands between statements.
create table actor (
    actor_id integer not null,
    first_name varchar(45) not null,
    last_name varchar(45) not null,
    last_update timestamp not null,
    primary key (actor_id)
);
-- next
create table country (
    country_id integer not null,
    country varchar(50) not null,
    last_update timestamp,
    primary key (country_id)
);
-- next
create table city (
    city_id integer not null,
    city varchar(50) not null,
    country_id int not null,
    last_update timestamp not null,
    primary key (city_id),
    constraint fk_city_country foreign key (country_id) references country (country_id)
        on delete no action on update cascade
);
-- next
create table address (
    address_id integer not null,
    address varchar(50) not null,
    address2 varchar(50) default null,
    district varchar(20) not null,
    city_id int not null,
    postal_code varchar(10) default null,
    phone varchar(20) not null,
    last_update timestamp not null,
    primary key (address_id),
    constraint fk_address_city foreign key (city_id) references city (city_id)
        on delete no action on update cascade
);
-- next
create table language (
    language_id integer not null,
    name char(20) not null,
    last_update timestamp not null,
    primary key (language_id)
);
-- next
create table category (
    category_id integer not null,
    name varchar(25) not null,
    last_update timestamp not null,
    primary key (category_id)
);
-- next
create table customer (
    customer_id integer not null,
    store_id int not null,
    first_name varchar(45) not null,
    last_name varchar(45) not null,
    email varchar(50) default null,
    address_id int not null,
    active char(1) default 'Y' not null,
    create_date timestamp not null,
    last_update timestamp not null,
    primary key (customer_id),
    constraint fk_customer_store foreign key (store_id) references store (store_id)
        on delete no action on update cascade,
    constraint fk_customer_address foreign key (address_id) references address (address_id)
        on delete no action on update cascade
);
-- next
create table film (
    film_id integer not null,
    title varchar(255) not null,
    description blob sub_type text default null,
    release_year varchar(4) default null,
    language_id int not null,
    original_language_id int default null,
    rental_duration smallint default 3 not null,
    rental_rate decimal(4, 2) default 4.99 not null,
    length smallint default null,
    replacement_cost decimal(5, 2) default 19.99 not null,
    rating varchar(10) default 'G',
    special_features varchar(100) default null,
    last_update timestamp not null,
    primary key (film_id),
    constraint CHECK_special_features check (
        special_features is null
        or special_features like '%Trailers%'
        or special_features like '%Commentaries%'
        or special_features like '%Deleted Scenes%'
        or special_features like '%Behind the Scenes%'
    ),
    constraint CHECK_special_rating check (rating in ('G', 'PG', 'PG-13', 'R', 'NC-17')),
    constraint fk_film_language foreign key (language_id) references language (language_id),
    constraint fk_film_language_original
        foreign key (original_language_id) references language (language_id)
);
-- next
create table film_actor (
    actor_id int not null,
    film_id int not null,
    last_update timestamp not null,
    primary key (actor_id, film_id),
    constraint fk_film_actor_actor foreign key (actor_id) references actor (actor_id)
        on delete no action on update cascade,
    constraint fk_film_actor_film foreign key (film_id) references film (film_id)
        on delete no action on update cascade
);
-- next
create table film_category (
    film_id int not null,
    category_id int not null,
    last_update timestamp not null,
    primary key (film_id, category_id),
    constraint fk_film_category_film foreign key (film_id) references film (film_id)
        on delete no action on update cascade,
    constraint fk_film_category_category
        foreign key (category_id) references category (category_id)
        on delete no action on update cascade
);
-- next
create table film_text (
    film_id integer not null,
    title varchar(255) not null,
    description blob sub_type text,
    primary key (film_id)
);
-- next
create table inventory (
    inventory_id integer not null,
    film_id int not null,
    store_id int not null,
    last_update timestamp not null,
    primary key (inventory_id),
    constraint fk_inventory_store foreign key (store_id) references store (store_id)
        on delete no action on update cascade,
    constraint fk_inventory_film foreign key (film_id) references film (film_id)
        on delete no action on update cascade
);
-- next
create table staff (
    staff_id integer not null,
    first_name varchar(45) not null,
    last_name varchar(45) not null,
    address_id int not null,
    picture blob default null,
    email varchar(50) default null,
    store_id int not null,
    active smallint default 1 not null,
    username varchar(16) not null,
    password varchar(40) default null,
    last_update timestamp not null,
    primary key (staff_id),
    constraint fk_staff_store foreign key (store_id) references store (store_id)
        on delete no action on update cascade,
    constraint fk_staff_address foreign key (address_id) references address (address_id)
        on delete no action on update cascade
);
-- next
create table store (
    store_id integer not null,
    manager_staff_id int not null,
    address_id int not null,
    last_update timestamp not null,
    primary key (store_id),
    constraint fk_store_staff foreign key (manager_staff_id) references staff (staff_id),
    constraint fk_store_address foreign key (address_id) references address (address_id)
);
-- next
create table rental (
    rental_id integer not null,
    rental_date timestamp not null,
    inventory_id int not null,
    customer_id int not null,
    return_date timestamp default null,
    staff_id int not null,
    last_update timestamp not null,
    primary key (rental_id),
    constraint fk_rental_staff foreign key (staff_id) references staff (staff_id),
    constraint fk_rental_inventory foreign key (inventory_id) references inventory (inventory_id),
    constraint fk_rental_customer foreign key (customer_id) references customer (customer_id)
);
-- next
create table payment (
    payment_id integer not null,
    customer_id int not null,
    staff_id int not null,
    rental_id int default null,
    amount decimal(5, 2) not null,
    payment_date timestamp not null,
    last_update timestamp not null,
    primary key (payment_id),
    constraint fk_payment_rental foreign key (rental_id) references rental (rental_id)
        on delete set null on update cascade,
    constraint fk_payment_customer foreign key (customer_id) references customer (customer_id),
    constraint fk_payment_staff foreign key (staff_id) references staff (staff_id)
);
-- next
create index idx_actor_last_name on actor (last_name);
-- next
create index idx_fk_country_id on city (country_id);
-- next
create index idx_fk_city_id on address (city_id);
-- next
create index idx_customer_fk_store_id on customer (store_id);
-- next
create index idx_customer_fk_address_id on customer (address_id);
-- next
create index idx_customer_last_name on customer (last_name);
-- next
create index idx_fk_language_id on film (language_id);
-- next
create index idx_fk_original_language_id on film (original_language_id);
-- next
create index idx_fk_film_actor_film on film_actor (film_id);
-- next
create index idx_fk_film_actor_actor on film_actor (actor_id);
-- next
create index idx_fk_film_category_film on film_category (film_id);
-- next
create index idx_fk_film_category_category on film_category (category_id);
-- next
create index idx_fk_film_id on inventory (film_id);
-- next
create index idx_fk_film_id_store_id on inventory (store_id, film_id);
-- next
create index idx_fk_staff_store_id on staff (store_id);
-- next
create index idx_fk_staff_address_id on staff (address_id);
-- next
create index idx_store_fk_manager_staff_id on store (manager_staff_id);
-- next
create index idx_fk_store_address on store (address_id);
-- next
create index idx_fk_staff_id on payment (staff_id);
-- next
create index idx_fk_customer_id on payment (customer_id);
-- next
create index idx_rental_fk_inventory_id on rental (inventory_id);
-- next
create index idx_rental_fk_customer_id on rental (customer_id);
-- next
create index idx_rental_fk_staff_id on rental (staff_id);
-- next
create unique index idx_rental_uq on rental (rental_date, inventory_id, customer_id);
-- next
create trigger actor_trigger_ai after insert on actor
begin update actor set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger actor_trigger_au after update on actor
begin update actor set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger country_trigger_ai after insert on country
begin update country set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger country_trigger_au after update on country
begin update country set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger city_trigger_ai after insert on city
begin update city set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger city_trigger_au after update on city
begin update city set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger address_trigger_ai after insert on address
begin update address set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger address_trigger_au after update on address
begin update address set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger language_trigger_ai after insert on language
begin update language set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger language_trigger_au after update on language
begin update language set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger category_trigger_ai after insert on category
begin update category set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger category_trigger_au after update on category
begin update category set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger customer_trigger_ai after insert on customer
begin update customer set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger customer_trigger_au after update on customer
begin update customer set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger film_trigger_ai after insert on film
begin update film set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger film_trigger_au after update on film
begin update film set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger film_actor_trigger_ai after insert on film_actor
begin update film_actor set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger film_actor_trigger_au after update on film_actor
begin update film_actor set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger film_category_trigger_ai after insert on film_category
begin update film_category set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger film_category_trigger_au after update on film_category
begin update film_category set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger inventory_trigger_ai after insert on inventory
begin update inventory set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger inventory_trigger_au after update on inventory
begin update inventory set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger staff_trigger_ai after insert on staff
begin update staff set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger staff_trigger_au after update on staff
begin update staff set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger store_trigger_ai after insert on store
begin update store set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger store_trigger_au after update on store
begin update store set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger payment_trigger_ai after insert on payment
begin update payment set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger payment_trigger_au after update on payment
begin update payment set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger rental_trigger_ai after insert on rental
begin update rental set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create trigger rental_trigger_au after update on rental
begin update rental set last_update = datetime('now') where rowid = new.rowid; end;
-- next
create view customer_list as
select
    c.customer_id as "ID", c.first_name || ' ' || c.last_name as name, a.address,
    a.postal_code as zip_code, a.phone, city.city, country.country,
    case when c.active = 1 then 'active' else '' end as notes, c.store_id as "SID"
from customer c
join address a using (address_id)
join city using (city_id)
join country using (country_id);
-- next
create view staff_list as
select
    s.staff_id as "ID", s.first_name || ' ' || s.last_name as name, a.address,
    a.postal_code as zip_code, a.phone, city.city, country.country, s.store_id as "SID"
from staff s
join address a using (address_id)
join city using (city_id)
join country using (country_id);
-- next
insert into country (country_id, country, last_update) values
    (1, 'Australia', '2022-01-04 10:00:00'), (2, 'Canada', '2022-01-04 10:00:00'),
    (3, 'Germany', '2022-01-04 10:00:00'), (4, 'United Kingdom', '2022-01-04 10:00:00'),
    (5, 'United States', '2022-01-04 10:00:00');
-- next
insert into city (city_id, city, country_id, last_update) values
    (1, 'Brandon', 2, '2022-01-04 10:00:00'), (2, 'Cairns', 1, '2022-01-04 10:00:00'),
    (3, 'Potsdam', 3, '2022-01-04 10:00:00'), (4, 'York', 4, '2022-01-04 10:00:00'),
    (5, 'Duluth', 5, '2022-01-04 10:00:00'), (6, 'Austin', 5, '2022-01-04 10:00:00'),
    (7, 'Brisbane', 1, '2022-01-04 10:00:00');
-- next
insert into address (
    address_id, address, address2, district, city_id, postal_code, phone, last_update
) values
    (1, '1 Reel Street', null, 'Manitoba', 1, '', '', '2022-01-04 10:00:00'),
    (2, '2 Projector Parade', null, 'QLD', 2, '', '', '2022-01-04 10:00:00'),
    (3, '15 Willow Bend', null, 'Manitoba', 1, '', '+1 (204) 555-0103', '2022-01-04 10:00:00'),
    (4, '88 Mango Crescent', null, 'QLD', 2, '', '', '2022-01-04 10:00:00'),
    (5, '9 Pecan Place', '', 'Texas', 6, '73301', '+1 (512) 555-0105', '2022-01-04 10:00:00'),
    (6, '27 Boathouse Road', '', 'Minnesota', 5, '55801', '+1 (218) 555-0106', '2022-01-04 10:00:00'),
    (7, '34 Candle Wynd', 'Flat 2', 'North Yorkshire', 4, 'YO99 1CW', '+44 1632 960107', '2022-01-04 10:00:00'),
    (8, '5 Ore Dock Lane', '', '', 5, '55802', '', '2022-01-04 10:00:00'),
    (9, '61 Kastanienweg', '', 'Brandenburg', 3, '14467', '+49 30 23125 109', '2022-01-04 10:00:00'),
    (10, '61 Kastanienweg', '', 'Brandenburg', 3, '14467', '+49 30 23125 109', '2022-01-04 10:00:00'),
    (11, '70 Jacaranda Rise', '', 'QLD', 7, '4000', '+61 7 5550 0111', '2022-01-04 10:00:00'),
    (12, '12 Bluebonnet Loop', null, 'Texas', 6, null, '0', '2022-01-04 10:00:00'),
    (13, '8 Shambles Corner', '', 'North Yorkshire', 4, 'YO99 2SC', '+44 7700 900113', '2022-01-04 10:00:00'),
    (14, '46 Elevator Road', '', 'Manitoba', 1, 'R7A 0A1', '+1 (204) 555-0114', '2022-01-04 10:00:00'),
    (15, '23 Prairie View', '', 'Manitoba', 1, 'R7A 0A2', '+1 (204) 555-0115', '2022-01-04 10:00:00'),
    (16, '19 Reef Lookout', '', 'QLD', 2, '4870', '+61 7 5550 0116', '2022-01-04 10:00:00'),
    (17, '3 Cassowary Court', '', 'QLD', 7, '4001', 'n/a', '2022-01-04 10:00:00'),
    (18, '55 Ironbark Street', '', 'QLD', 7, '4002', '+61 7 5550 0118', '2022-01-04 10:00:00');
-- next
insert into store (store_id, manager_staff_id, address_id, last_update) values
    (1, 1, 1, '2022-01-04 10:00:00'), (2, 2, 2, '2022-01-04 10:00:00');
-- next
insert into staff (
    staff_id, first_name, last_name, address_id, picture, email, store_id, active, username,
    password, last_update
) values
    (1, 'Rowan', 'Dallow', 3, x'47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b', 'Rowan.Dallow@staff.example', 1, 1, 'Rowan',
     'f31705a7a29a9dcfcc217c7f0ede9a810ba9550b', '2022-01-04 10:00:00'),
    (2, 'Ilse', 'Marks', 4, null, 'Ilse.Marks@staff.example', 2, 1, 'Ilse', null, '2022-01-04 10:00:00'),
    (3, 'Erna', 'Bolt', 14, x'', 'erna.bolt@staff.example', 1, 1, 'Erna', '', '2022-01-04 10:00:00'),
    (4, 'Devin', 'Okoro', 15, x'47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b', 'devin.okoro@staff.example', 1, 1, 'Devin',
     'ac0cf2578931aa54faf7164d8e4cb611ffc0474c', '2022-01-04 10:00:00'),
    (5, 'Pia', 'Lund', 16, null, null, 2, 1, 'Pia', null, '2022-01-04 10:00:00'),
    (6, 'Hugo', 'Stamm', 17, null, '', 2, 1, 'Hugo', null, '2022-01-04 10:00:00'),
    (7, 'Mei', 'Tran', 18, null, 'mei.tran@staff.example', 2, 0, 'Mei', null, '2022-01-04 10:00:00'),
    (8, 'Oscar', 'Vane', 1, null, 'oscar.vane@staff.example', 1, 1, 'Oscar', null, '2022-01-04 10:00:00');
-- next
insert into customer (
    customer_id, store_id, first_name, last_name, email, address_id, active, create_date,
    last_update
) values
    (1, 1, 'HESTER', 'QUILL', 'HESTER.QUILL@customer.example', 5, '1', '2022-01-02 09:30:00', '2022-01-04 10:00:00'),
    (2, 1, 'ODALYS', 'VARGA', 'ODALYS.VARGA@customer.example', 6, '1', '2022-01-02 09:30:00', '2022-01-04 10:00:00'),
    (3, 1, 'BERTRAM', 'NOCK', 'BERTRAM.NOCK@customer.example', 7, '1', '2022-01-02 09:30:00', '2022-01-04 10:00:00'),
    (4, 2, 'WINIFRED', 'NOCK', 'WINIFRED.NOCK@customer.example', 7, '1', '2022-01-02 09:30:00', '2022-01-04 10:00:00'),
    (5, 1, 'LEOPOLD', 'STRAY', 'LEOPOLD.STRAY@customer.example', 8, '0', '2022-01-02 09:30:00', '2022-01-04 10:00:00'),
    (6, 2, 'CALLUM', 'REEVE', 'CALLUM.REEVE@customer.example', 9, '1', '2022-01-02 09:30:00', '2022-01-04 10:00:00'),
    (7, 2, 'TESSA', 'REEVE', 'TESSA.REEVE@customer.example', 10, '1', '2022-01-03 09:30:00', '2022-01-04 10:00:00'),
    (8, 1, 'PHILIPPA', 'GROVE', null, 11, '1', '2022-01-03 09:30:00', '2022-01-04 10:00:00'),
    (9, 2, 'JAROSLAV', 'PIVEC', '', 12, '1', '2022-01-03 09:30:00', '2022-01-04 10:00:00'),
    (10, 2, 'SAOIRSE', 'LYNOTT', 'Saoirse.Lynott@customer.example', 13, '1', '2022-01-03 09:30:00', '2022-01-04 10:00:00'),
    (11, 1, 'MIKA', 'DALLOW', 'MIKA.DALLOW@customer.example', 3, '1', '2022-01-03 09:30:00', '2022-01-04 10:00:00'),
    (12, 1, 'ERNA', 'BOLT', 'Erna.Bolt@staff.example', 14, '1', '2022-01-03 09:30:00', '2022-01-04 10:00:00');
-- next
insert into actor (actor_id, first_name, last_name, last_update) values
    (1, 'DELPHINE', 'ARCHER', '2022-01-04 10:00:00'), (2, 'OTTO', 'BRISK', '2022-01-04 10:00:00'),
    (3, 'LENORE', 'CASK', '2022-01-04 10:00:00'), (4, 'TOMAS', 'DRAY', '2022-01-04 10:00:00'),
    (5, 'YVAINE', 'ELM', '2022-01-04 10:00:00');
-- next
insert into category (category_id, name, last_update) values
    (1, 'Drama', '2022-01-04 10:00:00'), (2, 'Farce', '2022-01-04 10:00:00'),
    (3, 'Documentary', '2022-01-04 10:00:00'), (4, 'Musical', '2022-01-04 10:00:00');
-- next
insert into language (language_id, name, last_update) values
    (1, 'English', '2022-01-04 10:00:00'), (2, 'German', '2022-01-04 10:00:00'),
    (3, 'French', '2022-01-04 10:00:00');
-- next
insert into film (
    film_id, title, description, release_year, language_id, original_language_id, rental_duration,
    rental_rate, length, replacement_cost, rating, special_features, last_update
) values
    (1, 'AMBER HARBOUR', 'A quiet drama of a ferryman and a lamp maker who meet in a flooded town', '2019', 1, null, 5, 1.49, 94, 17.5, 'PG',
     'Deleted Scenes,Behind the Scenes', '2022-01-04 10:00:00'),
    (2, 'BRASS COMET', 'A farce of two astronomers and a missing telescope', '2020', 1, 2, 4, 3.49, 71, 14.0, 'G', 'Trailers,Deleted Scenes', '2022-01-04 10:00:00'),
    (3, 'CINDER WALTZ', 'A tale of a baker who dances at night', '2018', 2, null, 6, 2.49, 103, 16.25, 'NC-17', 'Trailers', '2022-01-04 10:00:00'),
    (4, 'DUSK PARADE', 'A documentary on street lamps', '2021', 1, null, 3, 2.49, 58, 24.75, 'PG-13', 'Commentaries,Behind the Scenes', '2022-01-04 10:00:00'),
    (5, 'EMBER LIGHT', null, null, 1, null, 2, 2.49, null, 21.0, 'R', null, '2022-01-04 10:00:00');
-- next
insert into film_text (film_id, title, description) values
    (1, 'AMBER HARBOUR', 'A quiet drama of a ferryman and a lamp maker who meet in a flooded town'),
    (2, 'BRASS COMET', 'A farce of two astronomers and a missing telescope'),
    (3, 'CINDER WALTZ', 'A tale of a baker who dances at night'),
    (4, 'DUSK PARADE', 'A documentary on street lamps'),
    (5, 'EMBER LIGHT', null);
-- next
insert into film_actor (actor_id, film_id, last_update) values
    (1, 1, '2022-01-04 10:00:00'), (1, 3, '2022-01-04 10:00:00'), (2, 1, '2022-01-04 10:00:00'),
    (2, 2, '2022-01-04 10:00:00'), (3, 3, '2022-01-04 10:00:00'), (4, 2, '2022-01-04 10:00:00'),
    (4, 5, '2022-01-04 10:00:00'), (5, 4, '2022-01-04 10:00:00');
-- next
insert into film_category (film_id, category_id, last_update) values
    (1, 1, '2022-01-04 10:00:00'), (2, 2, '2022-01-04 10:00:00'), (3, 4, '2022-01-04 10:00:00'),
    (4, 3, '2022-01-04 10:00:00'), (5, 1, '2022-01-04 10:00:00');
-- next
insert into inventory (inventory_id, film_id, store_id, last_update) values
    (1, 1, 1, '2022-01-04 10:00:00'), (2, 1, 2, '2022-01-04 10:00:00'), (3, 2, 1, '2022-01-04 10:00:00'),
    (4, 2, 2, '2022-01-04 10:00:00'), (5, 3, 1, '2022-01-04 10:00:00'), (6, 3, 2, '2022-01-04 10:00:00'),
    (7, 4, 1, '2022-01-04 10:00:00'), (8, 4, 2, '2022-01-04 10:00:00'), (9, 5, 1, '2022-01-04 10:00:00'),
    (10, 5, 2, '2022-01-04 10:00:00');
-- next
insert into rental (
    rental_id, rental_date, inventory_id, customer_id, return_date, staff_id, last_update
) values
    (1, '2022-01-03 09:00:00', 1, 1, '2022-01-05 10:00:00', 1, '2022-01-04 10:00:00'),
    (2, '2022-02-08 10:07:00', 2, 2, '2022-02-10 11:11:00', 2, '2022-01-04 10:00:00'),
    (3, '2022-03-13 11:14:00', 3, 3, '2022-03-15 12:22:00', 4, '2022-01-04 10:00:00'),
    (4, '2022-04-18 12:21:00', 4, 4, '2022-04-20 13:33:00', 7, '2022-01-04 10:00:00'),
    (5, '2022-05-23 13:28:00', 5, 5, null, 3, '2022-01-04 10:00:00'),
    (6, '2022-06-04 14:35:00', 6, 6, '2022-06-06 15:55:00', 1, '2022-01-04 10:00:00'),
    (7, '2022-07-09 15:42:00', 7, 7, '2022-07-11 16:06:00', 2, '2022-01-04 10:00:00'),
    (8, '2022-01-14 16:49:00', 8, 8, '2022-01-16 17:17:00', 4, '2022-01-04 10:00:00'),
    (9, '2022-02-19 17:56:00', 9, 9, '2022-02-21 18:28:00', 7, '2022-01-04 10:00:00'),
    (10, '2022-03-24 18:03:00', 10, 10, '2022-03-26 19:39:00', 3, '2022-01-04 10:00:00'),
    (11, '2022-04-05 09:10:00', 1, 11, '2022-04-07 10:50:00', 1, '2022-01-04 10:00:00'),
    (12, '2022-05-10 10:17:00', 2, 12, '2022-05-12 11:01:00', 2, '2022-01-04 10:00:00'),
    (13, '2022-06-15 11:24:00', 3, 1, '2022-06-17 12:12:00', 4, '2022-01-04 10:00:00'),
    (14, '2022-07-20 12:31:00', 4, 2, null, 7, '2022-01-04 10:00:00'),
    (15, '2022-01-25 13:38:00', 5, 3, '2022-01-27 14:34:00', 3, '2022-01-04 10:00:00'),
    (16, '2022-02-06 14:45:00', 6, 4, '2022-02-08 15:45:00', 1, '2022-01-04 10:00:00'),
    (17, '2022-03-11 15:52:00', 7, 5, '2022-03-13 16:56:00', 2, '2022-01-04 10:00:00'),
    (18, '2022-04-16 16:59:00', 8, 6, '2022-04-18 17:07:00', 4, '2022-01-04 10:00:00'),
    (19, '2022-05-21 17:06:00', 9, 7, '2022-05-23 18:18:00', 7, '2022-01-04 10:00:00'),
    (20, '2022-06-26 18:13:00', 10, 8, '2022-06-28 19:29:00', 3, '2022-01-04 10:00:00'),
    (21, '2022-07-07 09:20:00', 1, 9, '2022-07-09 10:40:00', 1, '2022-01-04 10:00:00'),
    (22, '2022-01-12 10:27:00', 2, 10, '2022-01-14 11:51:00', 2, '2022-01-04 10:00:00'),
    (23, '2022-02-17 11:34:00', 3, 11, null, 4, '2022-01-04 10:00:00'),
    (24, '2022-03-22 12:41:00', 4, 12, '2022-03-24 13:13:00', 7, '2022-01-04 10:00:00'),
    (25, '2022-05-14 19:40:00', 1, 3, '2022-05-17 12:05:00', 1, '2022-01-04 10:00:00'),
    (26, '2022-05-14 19:40:00', 2, 10, null, 1, '2022-01-04 10:00:00'),
    (27, '2022-07-09 18:05:00', 5, 1, null, 4, '2022-01-04 10:00:00');
-- next
insert into payment (
    payment_id, customer_id, staff_id, rental_id, amount, payment_date, last_update
) values
    (1, 1, 2, 1, 1.49, '2022-01-03 09:00:00', '2022-01-04 10:00:00'),
    (2, 2, 2, 2, 2.49, '2022-02-08 10:07:00', '2022-01-04 10:00:00'),
    (3, 3, 4, 3, 3.49, '2022-03-13 11:14:00', '2022-01-04 10:00:00'),
    (4, 4, 7, 4, 1.49, '2022-04-18 12:21:00', '2022-01-04 10:00:00'),
    (5, 5, 1, 5, 2.49, '2022-05-23 13:28:00', '2022-01-04 10:00:00'),
    (6, 6, 1, 6, 3.49, '2022-06-04 14:35:00', '2022-01-04 10:00:00'),
    (7, 7, 2, 7, 1.49, '2022-07-09 15:42:00', '2022-01-04 10:00:00'),
    (8, 8, 4, 8, 2.49, '2022-01-14 16:49:00', '2022-01-04 10:00:00'),
    (9, 9, 3, 9, 3.49, '2022-02-19 17:56:00', '2022-01-04 10:00:00'),
    (10, 10, 3, 10, 1.49, '2022-03-24 18:03:00', '2022-01-04 10:00:00'),
    (11, 11, 1, 11, 2.49, '2022-04-05 09:10:00', '2022-01-04 10:00:00'),
    (12, 12, 2, 12, 3.49, '2022-05-10 10:17:00', '2022-01-04 10:00:00'),
    (13, 1, 7, 13, 1.49, '2022-06-15 11:24:00', '2022-01-04 10:00:00'),
    (14, 2, 7, 14, 2.49, '2022-07-20 12:31:00', '2022-01-04 10:00:00'),
    (15, 3, 3, 15, 3.49, '2022-01-25 13:38:00', '2022-01-04 10:00:00'),
    (16, 4, 1, 16, 1.49, '2022-02-06 14:45:00', '2022-01-04 10:00:00'),
    (17, 5, 4, 17, 2.49, '2022-03-11 15:52:00', '2022-01-04 10:00:00'),
    (18, 6, 4, 18, 3.49, '2022-04-16 16:59:00', '2022-01-04 10:00:00'),
    (19, 7, 7, 19, 1.49, '2022-05-21 17:06:00', '2022-01-04 10:00:00'),
    (20, 8, 3, 20, 2.49, '2022-06-26 18:13:00', '2022-01-04 10:00:00'),
    (21, 9, 2, 21, 3.49, '2022-07-07 09:20:00', '2022-01-04 10:00:00'),
    (22, 10, 2, 22, 1.49, '2022-01-12 10:27:00', '2022-01-04 10:00:00'),
    (23, 11, 4, 23, 2.49, '2022-02-17 11:34:00', '2022-01-04 10:00:00'),
    (24, 12, 7, 24, 3.49, '2022-03-22 12:41:00', '2022-01-04 10:00:00'),
    (25, 3, 1, 25, 1.49, '2022-05-14 19:40:00', '2022-01-04 10:00:00'),
    (26, 10, 1, 26, 1.49, '2022-05-14 19:40:00', '2022-01-04 10:00:00'),
    (27, 1, 4, 27, 2.49, '2022-07-09 18:05:00', '2022-01-04 10:00:00'),
    (28, 1, 4, null, 1.0, '2022-06-30 12:00:00', '2022-01-04 10:00:00'),
    (29, 10, 7, null, 5.0, '2022-07-15 12:00:00', '2022-01-04 10:00:00');
