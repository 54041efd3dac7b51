-- Sakila's schema with people of our own. A line `-- next` stands between statements.
create table country (
    country_id smallint unsigned not null auto_increment,
    country varchar(50) not null,
    last_update timestamp not null default current_timestamp on update current_timestamp,
    primary key (country_id)
) default charset = utf8mb4;
-- next
create table city (
    city_id smallint unsigned not null auto_increment,
    city varchar(50) not null,
    country_id smallint unsigned not null,
    last_update timestamp not null default current_timestamp on update current_timestamp,
    primary key (city_id),
    key idx_fk_country_id (country_id),
    constraint fk_city_country foreign key (country_id) references country (country_id)
        on delete restrict on update cascade
) default charset = utf8mb4;
-- next
create table address (
    address_id smallint unsigned not null auto_increment,
    address varchar(50) not null,
    address2 varchar(50) default null,
    district varchar(20) not null,
    city_id smallint unsigned not null,
    postal_code varchar(10) default null,
    phone varchar(20) not null,
    location geometry not null,
    last_update timestamp not null default current_timestamp on update current_timestamp,
    primary key (address_id),
    key idx_fk_city_id (city_id),
    spatial key idx_location (location),
    constraint fk_address_city foreign key (city_id) references city (city_id)
        on delete restrict on update cascade
) default charset = utf8mb4;
-- next
create table store (
    store_id tinyint unsigned not null auto_increment,
    manager_staff_id tinyint unsigned not null,
    address_id smallint unsigned not null,
    last_update timestamp not null default current_timestamp on update current_timestamp,
    primary key (store_id),
    unique key idx_unique_manager (manager_staff_id),
    key idx_fk_address_id (address_id),
    constraint fk_store_address foreign key (address_id) references address (address_id)
        on delete restrict on update cascade
) default charset = utf8mb4;
-- next
create table staff (
    staff_id tinyint unsigned not null auto_increment,
    first_name varchar(45) not null,
    last_name varchar(45) not null,
    address_id smallint unsigned not null,
    picture blob default null,
    email varchar(50) default null,
    store_id tinyint unsigned not null,
    active boolean not null default true,
    username varchar(16) not null,
    password varchar(40) character set utf8mb4 collate utf8mb4_bin default null,
    last_update timestamp not null default current_timestamp on update current_timestamp,
    primary key (staff_id),
    key idx_fk_store_id (store_id),
    key idx_fk_address_id (address_id),
    constraint fk_staff_store foreign key (store_id) references store (store_id)
        on delete restrict on update cascade,
    constraint fk_staff_address foreign key (address_id) references address (address_id)
        on delete restrict on update cascade
) default charset = utf8mb4;
-- next
create table customer (
    customer_id smallint unsigned not null auto_increment,
    store_id tinyint unsigned not null,
    first_name varchar(45) not null,
    last_name varchar(45) not null,
    email varchar(50) default null,
    address_id smallint unsigned not null,
    active boolean not null default true,
    create_date datetime not null,
    last_update timestamp null default current_timestamp on update current_timestamp,
    primary key (customer_id),
    key idx_fk_store_id (store_id),
    key idx_fk_address_id (address_id),
    key idx_last_name (last_name),
    constraint fk_customer_address foreign key (address_id) references address (address_id)
        on delete restrict on update cascade,
    constraint fk_customer_store foreign key (store_id) references store (store_id)
        on delete restrict on update cascade
) default charset = utf8mb4;
-- next
create table actor (
    actor_id smallint unsigned not null auto_increment,
    first_name varchar(45) not null,
    last_name varchar(45) not null,
    last_update timestamp not null default current_timestamp on update current_timestamp,
    primary key (actor_id),
    key idx_actor_last_name (last_name)
) default charset = utf8mb4;
-- next
create table category (
    category_id tinyint unsigned not null auto_increment,
    name varchar(25) not null,
    last_update timestamp not null default current_timestamp on update current_timestamp,
    primary key (category_id)
) default charset = utf8mb4;
-- next
create table language (
    language_id tinyint unsigned not null auto_increment,
    name char(20) not null,
    last_update timestamp not null default current_timestamp on update current_timestamp,
    primary key (language_id)
) default charset = utf8mb4;
-- next
create table film (
    film_id smallint unsigned not null auto_increment,
    title varchar(128) not null,
    description text default null,
    release_year year default null,
    language_id tinyint unsigned not null,
    original_language_id tinyint unsigned default null,
    rental_duration tinyint unsigned not null default 3,
    rental_rate decimal(4, 2) not null default 4.99,
    length smallint unsigned default null,
    replacement_cost decimal(5, 2) not null default 19.99,
    rating enum('G', 'PG', 'PG-13', 'R', 'NC-17') default 'G',
    special_features set('Trailers', 'Commentaries', 'Deleted Scenes', 'Behind the Scenes')
        default null,
    last_update timestamp not null default current_timestamp on update current_timestamp,
    primary key (film_id),
    key idx_title (title),
    key idx_fk_language_id (language_id),
    key idx_fk_original_language_id (original_language_id),
    constraint fk_film_language foreign key (language_id) references language (language_id)
        on delete restrict on update cascade,
    constraint fk_film_language_original
        foreign key (original_language_id) references language (language_id)
        on delete restrict on update cascade
) default charset = utf8mb4;
-- next
create table film_actor (
    actor_id smallint unsigned not null,
    film_id smallint unsigned not null,
    last_update timestamp not null default current_timestamp on update current_timestamp,
    primary key (actor_id, film_id),
    key idx_fk_film_id (film_id),
    constraint fk_film_actor_actor foreign key (actor_id) references actor (actor_id)
        on delete restrict on update cascade,
    constraint fk_film_actor_film foreign key (film_id) references film (film_id)
        on delete restrict on update cascade
) default charset = utf8mb4;
-- next
create table film_category (
    film_id smallint unsigned not null,
    category_id tinyint unsigned not null,
    last_update timestamp not null default current_timestamp on update current_timestamp,
    primary key (film_id, category_id),
    constraint fk_film_category_film foreign key (film_id) references film (film_id)
        on delete restrict on update cascade,
    constraint fk_film_category_category
        foreign key (category_id) references category (category_id)
        on delete restrict on update cascade
) default charset = utf8mb4;
-- next
create table film_text (
    film_id smallint unsigned not null,
    title varchar(255) not null,
    description text,
    primary key (film_id),
    fulltext key idx_title_description (title, description)
) default charset = utf8mb4;
-- next
create trigger ins_film after insert on film for each row
begin
    insert into film_text (film_id, title, description)
    values (new.film_id, new.title, new.description);
end;
-- next
create trigger upd_film after update on film for each row
begin
    if old.title <> new.title or old.description <> new.description or old.film_id <> new.film_id
    then
        update film_text
        set film_id = new.film_id, title = new.title, description = new.description
        where film_id = old.film_id;
    end if;
end;
-- next
create trigger del_film after delete on film for each row
begin
    delete from film_text where film_id = old.film_id;
end;
-- next
create table inventory (
    inventory_id mediumint unsigned not null auto_increment,
    film_id smallint unsigned not null,
    store_id tinyint unsigned not null,
    last_update timestamp not null default current_timestamp on update current_timestamp,
    primary key (inventory_id),
    key idx_fk_film_id (film_id),
    key idx_store_id_film_id (store_id, film_id),
    constraint fk_inventory_store foreign key (store_id) references store (store_id)
        on delete restrict on update cascade,
    constraint fk_inventory_film foreign key (film_id) references film (film_id)
        on delete restrict on update cascade
) default charset = utf8mb4;
-- next
create table rental (
    rental_id int not null auto_increment,
    rental_date datetime not null,
    inventory_id mediumint unsigned not null,
    customer_id smallint unsigned not null,
    return_date datetime default null,
    staff_id tinyint unsigned not null,
    last_update timestamp not null default current_timestamp on update current_timestamp,
    primary key (rental_id),
    unique key rental_date (rental_date, inventory_id, customer_id),
    key idx_fk_inventory_id (inventory_id),
    key idx_fk_customer_id (customer_id),
    key idx_fk_staff_id (staff_id),
    constraint fk_rental_staff foreign key (staff_id) references staff (staff_id)
        on delete restrict on update cascade,
    constraint fk_rental_inventory foreign key (inventory_id) references inventory (inventory_id)
        on delete restrict on update cascade,
    constraint fk_rental_customer foreign key (customer_id) references customer (customer_id)
        on delete restrict on update cascade
) default charset = utf8mb4;
-- next
create table payment (
    payment_id smallint unsigned not null auto_increment,
    customer_id smallint unsigned not null,
    staff_id tinyint unsigned not null,
    rental_id int default null,
    amount decimal(5, 2) not null,
    payment_date datetime not null,
    last_update timestamp null default current_timestamp on update current_timestamp,
    primary key (payment_id),
    key idx_fk_staff_id (staff_id),
    key idx_fk_customer_id (customer_id),
    constraint fk_payment_rental foreign key (rental_id) references rental (rental_id)
        on delete set null on update cascade,
    constraint fk_payment_customer foreign key (customer_id) references customer (customer_id)
        on delete restrict on update cascade,
    constraint fk_payment_staff foreign key (staff_id) references staff (staff_id)
        on delete restrict on update cascade
) default charset = utf8mb4;
-- next
insert into country (country_id, country) values
    (1, 'Australia'), (2, 'Canada'), (3, 'Germany'), (4, 'United Kingdom'), (5, 'United States');
-- next
insert into city (city_id, city, country_id) values
    (1, 'Brandon', 2), (2, 'Cairns', 1), (3, 'Potsdam', 3), (4, 'York', 4), (5, 'Duluth', 5),
    (6, 'Austin', 5), (7, 'Brisbane', 1);
-- next
insert into address (
    address_id, address, address2, district, city_id, postal_code, phone, location
) values
    (1, '1 Reel Street', null, 'Manitoba', 1, '', '', point(-112.25, 48.95)),
    (2, '2 Projector Parade', null, 'QLD', 2, '', '', point(-111.0, 48.2)),
    (3, '15 Willow Bend', null, 'Manitoba', 1, '', '+1 (204) 555-0103', point(-109.75, 47.45)),
    (4, '88 Mango Crescent', null, 'QLD', 2, '', '', point(-108.5, 46.7)),
    (5, '9 Pecan Place', '', 'Texas', 6, '73301', '+1 (512) 555-0105', point(-107.25, 45.95)),
    (6, '27 Boathouse Road', '', 'Minnesota', 5, '55801', '+1 (218) 555-0106', point(-106.0, 45.2)),
    (7, '34 Candle Wynd', 'Flat 2', 'North Yorkshire', 4, 'YO99 1CW', '+44 1632 960107', point(-104.75, 44.45)),
    (8, '5 Ore Dock Lane', '', '', 5, '55802', '', point(-103.5, 43.7)),
    (9, '61 Kastanienweg', '', 'Brandenburg', 3, '14467', '+49 30 23125 109', point(-102.25, 42.95)),
    (10, '61 Kastanienweg', '', 'Brandenburg', 3, '14467', '+49 30 23125 109', point(-101.0, 42.2)),
    (11, '70 Jacaranda Rise', '', 'QLD', 7, '4000', '+61 7 5550 0111', point(-99.75, 41.45)),
    (12, '12 Bluebonnet Loop', null, 'Texas', 6, null, '0', point(-98.5, 40.7)),
    (13, '8 Shambles Corner', '', 'North Yorkshire', 4, 'YO99 2SC', '+44 7700 900113', point(-97.25, 39.95)),
    (14, '46 Elevator Road', '', 'Manitoba', 1, 'R7A 0A1', '+1 (204) 555-0114', point(-96.0, 39.2)),
    (15, '23 Prairie View', '', 'Manitoba', 1, 'R7A 0A2', '+1 (204) 555-0115', point(-94.75, 38.45)),
    (16, '19 Reef Lookout', '', 'QLD', 2, '4870', '+61 7 5550 0116', point(-93.5, 37.7)),
    (17, '3 Cassowary Court', '', 'QLD', 7, '4001', 'n/a', point(-92.25, 36.95)),
    (18, '55 Ironbark Street', '', 'QLD', 7, '4002', '+61 7 5550 0118', point(-91.0, 36.2));
-- next
insert into store (store_id, manager_staff_id, address_id) values
    (1, 1, 1), (2, 2, 2);
-- next
insert into staff (
    staff_id, first_name, last_name, address_id, picture, email, store_id, active, username,
    password
) values
    (1, 'Rowan', 'Dallow', 3, x'47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b', 'Rowan.Dallow@staff.example', 1, true, 'Rowan',
     'f31705a7a29a9dcfcc217c7f0ede9a810ba9550b'),
    (2, 'Ilse', 'Marks', 4, null, 'Ilse.Marks@staff.example', 2, true, 'Ilse', null),
    (3, 'Erna', 'Bolt', 14, x'', 'erna.bolt@staff.example', 1, true, 'Erna', ''),
    (4, 'Devin', 'Okoro', 15, x'47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b', 'devin.okoro@staff.example', 1, true, 'Devin',
     'ac0cf2578931aa54faf7164d8e4cb611ffc0474c'),
    (5, 'Pia', 'Lund', 16, null, null, 2, true, 'Pia', null),
    (6, 'Hugo', 'Stamm', 17, null, '', 2, true, 'Hugo', null),
    (7, 'Mei', 'Tran', 18, null, 'mei.tran@staff.example', 2, false, 'Mei', null),
    (8, 'Oscar', 'Vane', 1, null, 'oscar.vane@staff.example', 1, true, 'Oscar', null);
-- next
insert into customer (
    customer_id, store_id, first_name, last_name, email, address_id, active, create_date
) values
    (1, 1, 'HESTER', 'QUILL', 'HESTER.QUILL@customer.example', 5, true, '2022-01-02 09:30:00'),
    (2, 1, 'ODALYS', 'VARGA', 'ODALYS.VARGA@customer.example', 6, true, '2022-01-02 09:30:00'),
    (3, 1, 'BERTRAM', 'NOCK', 'BERTRAM.NOCK@customer.example', 7, true, '2022-01-02 09:30:00'),
    (4, 2, 'WINIFRED', 'NOCK', 'WINIFRED.NOCK@customer.example', 7, true, '2022-01-02 09:30:00'),
    (5, 1, 'LEOPOLD', 'STRAY', 'LEOPOLD.STRAY@customer.example', 8, false, '2022-01-02 09:30:00'),
    (6, 2, 'CALLUM', 'REEVE', 'CALLUM.REEVE@customer.example', 9, true, '2022-01-02 09:30:00'),
    (7, 2, 'TESSA', 'REEVE', 'TESSA.REEVE@customer.example', 10, true, '2022-01-03 09:30:00'),
    (8, 1, 'PHILIPPA', 'GROVE', null, 11, true, '2022-01-03 09:30:00'),
    (9, 2, 'JAROSLAV', 'PIVEC', '', 12, true, '2022-01-03 09:30:00'),
    (10, 2, 'SAOIRSE', 'LYNOTT', 'Saoirse.Lynott@customer.example', 13, true, '2022-01-03 09:30:00'),
    (11, 1, 'MIKA', 'DALLOW', 'MIKA.DALLOW@customer.example', 3, true, '2022-01-03 09:30:00'),
    (12, 1, 'ERNA', 'BOLT', 'Erna.Bolt@staff.example', 14, true, '2022-01-03 09:30:00');
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
    (1, 'AMBER HARBOUR', 'A quiet drama of a ferryman and a lamp maker who meet in a flooded town', 2019, 1, null, 5, 1.49, 94, 17.5, 'PG', 'Deleted Scenes,Behind the Scenes'),
    (2, 'BRASS COMET', 'A farce of two astronomers and a missing telescope', 2020, 1, 2, 4, 3.49, 71, 14.0, 'G', 'Trailers,Deleted Scenes'),
    (3, 'CINDER WALTZ', 'A tale of a baker who dances at night', 2018, 2, null, 6, 2.49, 103, 16.25, 'NC-17', 'Trailers'),
    (4, 'DUSK PARADE', 'A documentary on street lamps', 2021, 1, null, 3, 2.49, 58, 24.75, 'PG-13', 'Commentaries,Behind the Scenes'),
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
    (1, '2022-01-03 09:00:00', 1, 1, '2022-01-05 10:00:00', 1),
    (2, '2022-02-08 10:07:00', 2, 2, '2022-02-10 11:11:00', 2),
    (3, '2022-03-13 11:14:00', 3, 3, '2022-03-15 12:22:00', 4),
    (4, '2022-04-18 12:21:00', 4, 4, '2022-04-20 13:33:00', 7),
    (5, '2022-05-23 13:28:00', 5, 5, null, 3),
    (6, '2022-06-04 14:35:00', 6, 6, '2022-06-06 15:55:00', 1),
    (7, '2022-07-09 15:42:00', 7, 7, '2022-07-11 16:06:00', 2),
    (8, '2022-01-14 16:49:00', 8, 8, '2022-01-16 17:17:00', 4),
    (9, '2022-02-19 17:56:00', 9, 9, '2022-02-21 18:28:00', 7),
    (10, '2022-03-24 18:03:00', 10, 10, '2022-03-26 19:39:00', 3),
    (11, '2022-04-05 09:10:00', 1, 11, '2022-04-07 10:50:00', 1),
    (12, '2022-05-10 10:17:00', 2, 12, '2022-05-12 11:01:00', 2),
    (13, '2022-06-15 11:24:00', 3, 1, '2022-06-17 12:12:00', 4),
    (14, '2022-07-20 12:31:00', 4, 2, null, 7),
    (15, '2022-01-25 13:38:00', 5, 3, '2022-01-27 14:34:00', 3),
    (16, '2022-02-06 14:45:00', 6, 4, '2022-02-08 15:45:00', 1),
    (17, '2022-03-11 15:52:00', 7, 5, '2022-03-13 16:56:00', 2),
    (18, '2022-04-16 16:59:00', 8, 6, '2022-04-18 17:07:00', 4),
    (19, '2022-05-21 17:06:00', 9, 7, '2022-05-23 18:18:00', 7),
    (20, '2022-06-26 18:13:00', 10, 8, '2022-06-28 19:29:00', 3),
    (21, '2022-07-07 09:20:00', 1, 9, '2022-07-09 10:40:00', 1),
    (22, '2022-01-12 10:27:00', 2, 10, '2022-01-14 11:51:00', 2),
    (23, '2022-02-17 11:34:00', 3, 11, null, 4),
    (24, '2022-03-22 12:41:00', 4, 12, '2022-03-24 13:13:00', 7),
    (25, '2022-05-14 19:40:00', 1, 3, '2022-05-17 12:05:00', 1),
    (26, '2022-05-14 19:40:00', 2, 10, null, 1),
    (27, '2022-07-09 18:05:00', 5, 1, null, 4);
-- next
insert into payment (payment_id, customer_id, staff_id, rental_id, amount, payment_date) values
    (1, 1, 2, 1, 1.49, '2022-01-03 09:00:00'), (2, 2, 2, 2, 2.49, '2022-02-08 10:07:00'),
    (3, 3, 4, 3, 3.49, '2022-03-13 11:14:00'), (4, 4, 7, 4, 1.49, '2022-04-18 12:21:00'),
    (5, 5, 1, 5, 2.49, '2022-05-23 13:28:00'), (6, 6, 1, 6, 3.49, '2022-06-04 14:35:00'),
    (7, 7, 2, 7, 1.49, '2022-07-09 15:42:00'), (8, 8, 4, 8, 2.49, '2022-01-14 16:49:00'),
    (9, 9, 3, 9, 3.49, '2022-02-19 17:56:00'), (10, 10, 3, 10, 1.49, '2022-03-24 18:03:00'),
    (11, 11, 1, 11, 2.49, '2022-04-05 09:10:00'), (12, 12, 2, 12, 3.49, '2022-05-10 10:17:00'),
    (13, 1, 7, 13, 1.49, '2022-06-15 11:24:00'), (14, 2, 7, 14, 2.49, '2022-07-20 12:31:00'),
    (15, 3, 3, 15, 3.49, '2022-01-25 13:38:00'), (16, 4, 1, 16, 1.49, '2022-02-06 14:45:00'),
    (17, 5, 4, 17, 2.49, '2022-03-11 15:52:00'), (18, 6, 4, 18, 3.49, '2022-04-16 16:59:00'),
    (19, 7, 7, 19, 1.49, '2022-05-21 17:06:00'), (20, 8, 3, 20, 2.49, '2022-06-26 18:13:00'),
    (21, 9, 2, 21, 3.49, '2022-07-07 09:20:00'), (22, 10, 2, 22, 1.49, '2022-01-12 10:27:00'),
    (23, 11, 4, 23, 2.49, '2022-02-17 11:34:00'), (24, 12, 7, 24, 3.49, '2022-03-22 12:41:00'),
    (25, 3, 1, 25, 1.49, '2022-05-14 19:40:00'), (26, 10, 1, 26, 1.49, '2022-05-14 19:40:00'),
    (27, 1, 4, 27, 2.49, '2022-07-09 18:05:00'), (28, 1, 4, null, 1.0, '2022-06-30 12:00:00'),
    (29, 10, 7, null, 5.0, '2022-07-15 12:00:00');
-- next
-- A store has a manager and a manager has a store: this key can only come after the rows.
alter table store add constraint fk_store_staff
    foreign key (manager_staff_id) references staff (staff_id)
    on delete restrict on update cascade;
-- next
create view customer_list as
select
    c.customer_id as `ID`, concat(c.first_name, ' ', c.last_name) as name, a.address,
    a.postal_code as `zip code`, a.phone, city.city, country.country,
    if(c.active, 'active', '') as notes, c.store_id as `SID`
from customer c
join address a using (address_id)
join city using (city_id)
join country using (country_id);
-- next
create view staff_list as
select
    s.staff_id as `ID`, concat(s.first_name, ' ', s.last_name) as name, a.address,
    a.postal_code as `zip code`, a.phone, city.city, country.country, s.store_id as `SID`
from staff s
join address a using (address_id)
join city using (city_id)
join country using (country_id);
-- next
create view film_list as
select
    f.film_id as `FID`, f.title, f.description, c.name as category, f.rental_rate as price,
    f.length, f.rating,
    group_concat(concat(a.first_name, ' ', a.last_name) separator ', ') as actors
from film f
left join film_category using (film_id)
left join category c using (category_id)
left join film_actor fa on fa.film_id = f.film_id
left join actor a using (actor_id)
group by f.film_id, c.name;
-- next
create view actor_info as
select
    a.actor_id, a.first_name, a.last_name,
    group_concat(distinct concat(c.name, ': ', f.title) separator '; ') as film_info
from actor a
left join film_actor using (actor_id)
left join film f using (film_id)
left join film_category fc on fc.film_id = f.film_id
left join category c using (category_id)
group by a.actor_id, a.first_name, a.last_name;
-- next
create view sales_by_store as
select
    concat(city.city, ',', country.country) as store,
    concat(m.first_name, ' ', m.last_name) as manager, sum(p.amount) as total_sales
from payment p
join rental r using (rental_id)
join inventory i using (inventory_id)
join store s on s.store_id = i.store_id
join address a on a.address_id = s.address_id
join city using (city_id)
join country using (country_id)
join staff m on m.staff_id = s.manager_staff_id
group by s.store_id
order by country.country, city.city;
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
