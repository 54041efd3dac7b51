-- A Django project's schema with people of our own. A line `-- next` stands between statements.
create table `django_migrations` (
    `id` bigint auto_increment not null primary key,
    `app` varchar(255) not null,
    `name` varchar(255) not null,
    `applied` datetime(6) not null
);
-- next
create table `django_content_type` (
    `id` integer auto_increment not null primary key,
    `app_label` varchar(100) not null,
    `model` varchar(100) not null,
    unique key `django_content_type_app_label_model_76bd3d3b_uniq` (`app_label`, `model`)
);
-- next
create table `auth_permission` (
    `id` integer auto_increment not null primary key,
    `name` varchar(255) not null,
    `content_type_id` integer not null,
    `codename` varchar(100) not null,
    unique key `auth_permission_content_type_id_codename_01ab375a_uniq`
        (`content_type_id`, `codename`),
    constraint `auth_permission_content_type_id_2f476e4b_fk_django_co`
        foreign key (`content_type_id`) references `django_content_type` (`id`)
);
-- next
create table `auth_group` (
    `id` integer auto_increment not null primary key,
    `name` varchar(150) not null unique
);
-- next
create table `auth_group_permissions` (
    `id` bigint auto_increment not null primary key,
    `group_id` integer not null,
    `permission_id` integer not null,
    unique key `auth_group_permissions_group_id_permission_id_0cd325b0_uniq`
        (`group_id`, `permission_id`),
    constraint `auth_group_permissions_group_id_b120cbf9_fk_auth_group_id`
        foreign key (`group_id`) references `auth_group` (`id`),
    constraint `auth_group_permissio_permission_id_84c5c92e_fk_auth_perm`
        foreign key (`permission_id`) references `auth_permission` (`id`)
);
-- next
create table `auth_user` (
    `id` integer auto_increment not null primary key,
    `password` varchar(128) not null,
    `last_login` datetime(6) null,
    `is_superuser` bool not null,
    `username` varchar(150) not null unique,
    `first_name` varchar(150) not null,
    `last_name` varchar(150) not null,
    `email` varchar(254) not null,
    `is_staff` bool not null,
    `is_active` bool not null,
    `date_joined` datetime(6) not null
);
-- next
create table `auth_user_groups` (
    `id` bigint auto_increment not null primary key,
    `user_id` integer not null,
    `group_id` integer not null,
    unique key `auth_user_groups_user_id_group_id_94350c0c_uniq` (`user_id`, `group_id`),
    constraint `auth_user_groups_user_id_6a12ed8b_fk_auth_user_id`
        foreign key (`user_id`) references `auth_user` (`id`),
    constraint `auth_user_groups_group_id_97559544_fk_auth_group_id`
        foreign key (`group_id`) references `auth_group` (`id`)
);
-- next
create table `auth_user_user_permissions` (
    `id` bigint auto_increment not null primary key,
    `user_id` integer not null,
    `permission_id` integer not null,
    unique key `auth_user_user_permissions_user_id_permission_id_14a6b632_uniq`
        (`user_id`, `permission_id`),
    constraint `auth_user_user_permissions_user_id_a95ead1b_fk_auth_user_id`
        foreign key (`user_id`) references `auth_user` (`id`),
    constraint `auth_user_user_permi_permission_id_1fbb5f2c_fk_auth_perm`
        foreign key (`permission_id`) references `auth_permission` (`id`)
);
-- next
create table `django_admin_log` (
    `id` integer auto_increment not null primary key,
    `action_time` datetime(6) not null,
    `object_id` longtext null,
    `object_repr` varchar(200) not null,
    `action_flag` smallint unsigned not null check (`action_flag` >= 0),
    `change_message` longtext not null,
    `content_type_id` integer null,
    `user_id` integer not null,
    constraint `django_admin_log_content_type_id_c4bce8eb_fk_django_co`
        foreign key (`content_type_id`) references `django_content_type` (`id`),
    constraint `django_admin_log_user_id_c564eba6_fk_auth_user_id`
        foreign key (`user_id`) references `auth_user` (`id`)
);
-- next
create table `django_session` (
    `session_key` varchar(40) not null primary key,
    `session_data` longtext not null,
    `expire_date` datetime(6) not null,
    key `django_session_expire_date_a5c62663` (`expire_date`)
);
-- next
create table `account_emailaddress` (
    `id` integer auto_increment not null primary key,
    `email` varchar(254) not null,
    `verified` bool not null,
    `primary` bool not null,
    `user_id` integer not null,
    unique key `account_emailaddress_user_id_email_987c8728_uniq` (`user_id`, `email`),
    key `account_emailaddress_email_03be32b2` (`email`),
    constraint `account_emailaddress_user_id_2c513194_fk_auth_user_id`
        foreign key (`user_id`) references `auth_user` (`id`)
);
-- next
create table `account_emailconfirmation` (
    `id` integer auto_increment not null primary key,
    `created` datetime(6) not null,
    `sent` datetime(6) null,
    `key` varchar(64) not null unique,
    `email_address_id` integer not null,
    constraint `account_emailconfirm_email_address_id_5b7f8c58_fk_account_e`
        foreign key (`email_address_id`) references `account_emailaddress` (`id`)
);
-- next
create table `socialaccount_socialapp` (
    `id` integer auto_increment not null primary key,
    `provider` varchar(30) not null,
    `name` varchar(40) not null,
    `client_id` varchar(191) not null,
    `secret` varchar(191) not null,
    `key` varchar(191) not null,
    `provider_id` varchar(200) not null,
    `settings` json not null
);
-- next
create table `socialaccount_socialaccount` (
    `id` integer auto_increment not null primary key,
    `provider` varchar(200) not null,
    `uid` varchar(191) not null,
    `last_login` datetime(6) not null,
    `date_joined` datetime(6) not null,
    `extra_data` json not null,
    `user_id` integer not null,
    unique key `socialaccount_socialaccount_provider_uid_fc810c6e_uniq` (`provider`, `uid`),
    constraint `socialaccount_socialaccount_user_id_8146e70c_fk_auth_user_id`
        foreign key (`user_id`) references `auth_user` (`id`)
);
-- next
create table `socialaccount_socialtoken` (
    `id` integer auto_increment not null primary key,
    `token` longtext not null,
    `token_secret` longtext not null,
    `expires_at` datetime(6) null,
    `account_id` integer not null,
    `app_id` integer null,
    unique key `socialaccount_socialtoken_app_id_account_id_fca4e0ac_uniq`
        (`app_id`, `account_id`),
    constraint `socialaccount_social_account_id_951f210e_fk_socialacc`
        foreign key (`account_id`) references `socialaccount_socialaccount` (`id`),
    constraint `socialaccount_social_app_id_636a42d7_fk_socialacc`
        foreign key (`app_id`) references `socialaccount_socialapp` (`id`)
);
-- next
create table `shop_product` (
    `id` bigint auto_increment not null primary key,
    `sku` varchar(20) not null unique,
    `slug` varchar(50) not null,
    `name` varchar(120) not null,
    `price` numeric(8, 2) not null,
    key `shop_product_slug_30bd2d5d` (`slug`)
);
-- next
create table `shop_address` (
    `id` bigint auto_increment not null primary key,
    `full_name` varchar(120) not null,
    `street` varchar(120) not null,
    `postcode` varchar(12) not null,
    `city` varchar(60) not null,
    `country` varchar(2) not null,
    `phone` varchar(24) not null,
    `is_default` bool not null,
    `user_id` integer not null,
    constraint `shop_address_user_id_3edd3b17_fk_auth_user_id`
        foreign key (`user_id`) references `auth_user` (`id`)
);
-- next
create table `shop_order` (
    `id` bigint auto_increment not null primary key,
    `public_id` uuid not null unique,
    `email` varchar(254) not null,
    `status` varchar(10) not null,
    `total` numeric(8, 2) not null,
    `ip_address` char(39) null,
    `details` json not null,
    `placed_at` datetime(6) not null,
    `billing_address_id` bigint null,
    `shipping_address_id` bigint null,
    `user_id` integer null,
    key `shop_order_status_31bd54_idx` (`status`, `placed_at`),
    constraint `shop_order_billing_address_id_1697d098_fk_shop_address_id`
        foreign key (`billing_address_id`) references `shop_address` (`id`),
    constraint `shop_order_shipping_address_id_11dfb44b_fk_shop_address_id`
        foreign key (`shipping_address_id`) references `shop_address` (`id`),
    constraint `shop_order_user_id_00aba627_fk_auth_user_id`
        foreign key (`user_id`) references `auth_user` (`id`),
    constraint `order_status` check (`status` in ('new', 'paid', 'sent', 'void'))
);
-- next
create table `shop_orderitem` (
    `id` bigint auto_increment not null primary key,
    `quantity` integer unsigned not null check (`quantity` >= 0),
    `price` numeric(8, 2) not null,
    `order_id` bigint not null,
    `product_id` bigint not null,
    unique key `shop_orderitem_order_id_product_id_f99a0117_uniq` (`order_id`, `product_id`),
    constraint `shop_orderitem_order_id_2f1b00cf_fk_shop_order_id`
        foreign key (`order_id`) references `shop_order` (`id`),
    constraint `shop_orderitem_product_id_48153f22_fk_shop_product_id`
        foreign key (`product_id`) references `shop_product` (`id`)
);
-- next
create table `shop_comment` (
    `id` bigint auto_increment not null primary key,
    `object_id` bigint unsigned not null check (`object_id` >= 0),
    `author_name` varchar(120) not null,
    `author_email` varchar(254) not null,
    `body` longtext not null,
    `created_at` datetime(6) not null,
    `author_id` integer null,
    `content_type_id` integer not null,
    key `shop_commen_content_c59f0e_idx` (`content_type_id`, `object_id`),
    constraint `shop_comment_author_id_d3fc4727_fk_auth_user_id`
        foreign key (`author_id`) references `auth_user` (`id`),
    constraint `shop_comment_content_type_id_78e1332d_fk_django_content_type_id`
        foreign key (`content_type_id`) references `django_content_type` (`id`)
);
-- next
insert into `django_migrations` (`id`, `app`, `name`, `applied`) values
    (1, 'contenttypes', '0001_initial', '2023-01-01 08:00:00'),
    (2, 'auth', '0001_initial', '2023-01-01 08:00:00'),
    (3, 'admin', '0001_initial', '2023-01-01 08:00:00'),
    (4, 'account', '0001_initial', '2023-01-01 08:00:00'),
    (5, 'sessions', '0001_initial', '2023-01-01 08:00:00'),
    (6, 'socialaccount', '0001_initial', '2023-01-01 08:00:00'),
    (7, 'shop', '0001_initial', '2023-01-01 08:00:00');
-- next
insert into `django_content_type` (`id`, `app_label`, `model`) values
    (1, 'admin', 'logentry'), (2, 'auth', 'permission'), (3, 'auth', 'group'), (4, 'auth', 'user'),
    (5, 'contenttypes', 'contenttype'), (6, 'sessions', 'session'), (7, 'account', 'emailaddress'),
    (8, 'account', 'emailconfirmation'), (9, 'socialaccount', 'socialaccount'),
    (10, 'socialaccount', 'socialapp'), (11, 'socialaccount', 'socialtoken'), (12, 'shop', 'product'),
    (13, 'shop', 'address'), (14, 'shop', 'order'), (15, 'shop', 'orderitem'), (16, 'shop', 'comment');
-- next
insert into `auth_permission` (`id`, `name`, `content_type_id`, `codename`) values
    (1, 'Can add user', 4, 'add_user'), (2, 'Can change user', 4, 'change_user'),
    (3, 'Can delete user', 4, 'delete_user'), (4, 'Can view user', 4, 'view_user'),
    (5, 'Can add product', 12, 'add_product'), (6, 'Can change product', 12, 'change_product'),
    (7, 'Can delete product', 12, 'delete_product'), (8, 'Can view product', 12, 'view_product'),
    (9, 'Can add order', 14, 'add_order'), (10, 'Can change order', 14, 'change_order'),
    (11, 'Can delete order', 14, 'delete_order'), (12, 'Can view order', 14, 'view_order'),
    (13, 'Can add comment', 16, 'add_comment'), (14, 'Can change comment', 16, 'change_comment'),
    (15, 'Can delete comment', 16, 'delete_comment'), (16, 'Can view comment', 16, 'view_comment');
-- next
insert into `auth_group` (`id`, `name`) values
    (1, 'helpdesk'), (2, 'reviewers');
-- next
insert into `auth_group_permissions` (`id`, `group_id`, `permission_id`) values
    (1, 1, 4), (2, 1, 10), (3, 1, 12), (4, 1, 15), (5, 2, 13);
-- next
insert into `auth_user` (
    `id`, `password`, `last_login`, `is_superuser`, `username`, `first_name`, `last_name`,
    `email`, `is_staff`, `is_active`, `date_joined`
) values
    (1, 'pbkdf2_sha256$1000000$samplesalt1$3kUfmHv9OcOPApp7nRysADgjLuwQKBAuu8iVvqwqax8=', '2024-05-01 08:00:00', true, 'admin', '', '', 'ops@shop.example', true, true, '2023-01-01 09:00:00'),
    (2, 'pbkdf2_sha256$1000000$samplesalt2$tDDS63TButTwSPdUq3erDzd1we4XKXng1vKppHTrthg=', '2024-05-02 18:11:09', false, 'mara', 'Mara', 'Holt', 'Mara.Holt@Example.com',
     false, true, '2023-02-03 10:00:00'),
    (3, 'pbkdf2_sha256$1000000$samplesalt3$pFX+2ABBjFOSancWveqzUMgIVlNudYlFygnNkeKQJs8=', '2024-04-30 07:45:00', false, 'jonasb', 'Jonas', 'Berg',
     'jonas.berg@example.org', false, true, '2023-02-10 10:00:00'),
    (4, 'pbkdf2_sha256$1000000$samplesalt4$ZVd1JG8t5U6ynxratxInzAYr4yLDWAdrTH/5dQQGD34=', '2024-05-03 20:00:00', false, 'lena.p', 'Lena', 'Pohl',
     'lena.pohl@example.net', false, true, '2023-03-01 10:00:00'),
    (5, 'pbkdf2_sha256$1000000$samplesalt5$ls0NAHa3yiwtgclW0IWsVaKNwNfSniDvVu8/hxJKduI=', null, false, 'piet.p', 'Piet', 'Pohl', 'piet.pohl@example.net', false, true, '2023-03-01 10:05:00'),
    (6, '!sampleunusable6', '2024-05-04 06:30:00', false, 'amina@example.com', 'Amina', 'Diallo', 'amina@example.com', false, true, '2023-04-12 10:00:00'),
    (7, '!sampleunusable7', null, false, 'guest7', '', '', '', false, true, '2023-05-05 10:00:00'),
    (8, '!sampleunusable8', null, false, 'guest8', '', '', '', false, true, '2023-05-06 10:00:00'),
    (9, '!sampleunusable9', '2023-06-01 10:00:00', false, 'deleted_9', 'Deleted', 'User', 'deleted@shop.example', false, false, '2023-01-15 10:00:00'),
    (10, 'pbkdf2_sha256$1000000$samplesalt10$qvn/SI4HZ9peodVhGOb2WhbFYzsM78H6CJvTqxgQYT0=', '2024-05-05 11:00:00', false, 'sam.k', 'Sam', 'Kestrel',
     'sam@kiterow.example', false, true, '2023-07-01 10:00:00'),
    (11, 'pbkdf2_sha256$1000000$samplesalt11$yGfX2F87KcLnA5ilAtz5EADji0XgyM9mlFx7RWkCa1Q=', '2024-05-05 11:30:00', false, 'rita.k', 'Rita', 'Kline',
     'rita@kiterow.example', false, true, '2023-07-01 10:30:00'),
    (12, 'pbkdf2_sha256$1000000$samplesalt12$zCzxWxsUT0PxVdnvgroLcinijgSJyNHN8DJ9yVAZ1eg=', '2024-05-06 08:15:00', false, 'helpdesk', 'Hana', 'Ito',
     'helpdesk@shop.example', true, true, '2023-01-02 09:00:00');
-- next
insert into `auth_user_groups` (`id`, `user_id`, `group_id`) values
    (1, 12, 1), (2, 2, 2), (3, 4, 2), (4, 6, 2);
-- next
insert into `auth_user_user_permissions` (`id`, `user_id`, `permission_id`) values
    (1, 12, 11), (2, 2, 14), (3, 10, 16);
-- next
insert into `django_admin_log` (
    `id`, `action_time`, `object_id`, `object_repr`, `action_flag`, `change_message`,
    `content_type_id`, `user_id`
) values
    (1, '2024-02-01 09:10:00', '2', 'mara', 2, '[{"changed": {"fields": ["Email address"]}}]', 4, 12),
    (2, '2024-02-01 09:12:00', '4', 'lena.p', 2, '[]', 4, 12),
    (3, '2024-02-02 10:00:00', '12', 'helpdesk', 1, '[{"added": {}}]', 4, 1),
    (4, '2024-03-05 11:00:00', '2', 'Order 2 of lena.pohl@example.net', 2, '[{"changed": {"fields": ["Status"]}}]', 14, 12),
    (5, '2024-03-06 11:00:00', '2', 'Tin Kettle', 2, '[]', 12, 1),
    (6, '2024-04-01 12:00:00', '9', 'deleted_9', 3, '', 4, 1);
-- next
insert into `django_session` (`session_key`, `session_data`, `expire_date`) values
    ('ca978112ca1bbdcafac231b39a23dc4d',
     'eyJfYXV0aF91c2VyX2lkIjogIjIiLCAiX2F1dGhfdXNlcl9iYWNrZW5kIjogImRqYW5nby5jb250cmliLmF1dGguYmFja2VuZHMuTW9kZWxCYWNrZW5kIn0:1rSamp:ca978112ca1bbdcafac231b39a23dc4da786eff8147',
     '2024-05-16 18:11:09'),
    ('3e23e8160039594a33894f6564e1b134',
     'eyJfYXV0aF91c2VyX2lkIjogIjIiLCAiX2F1dGhfdXNlcl9iYWNrZW5kIjogImRqYW5nby5jb250cmliLmF1dGguYmFja2VuZHMuTW9kZWxCYWNrZW5kIn0:1rSamp:3e23e8160039594a33894f6564e1b1348bbd7a0088d',
     '2024-05-20 07:00:00'),
    ('2e7d2c03a9507ae265ecf5b5356885a5',
     'eyJfYXV0aF91c2VyX2lkIjogIjQiLCAiX2F1dGhfdXNlcl9iYWNrZW5kIjogImRqYW5nby5jb250cmliLmF1dGguYmFja2VuZHMuTW9kZWxCYWNrZW5kIn0:1rSamp:2e7d2c03a9507ae265ecf5b5356885a53393a2029d2',
     '2024-05-17 20:00:00'),
    ('18ac3e7343f016890c510e93f9352611', 'eyJjYXJ0IjogWzEyXX0:1rSamp:18ac3e7343f016890c510e93f935261169d9e3f5654', '2024-05-18 00:00:00'),
    ('3f79bb7b435b05321651daefd374cdc6',
     'eyJfYXV0aF91c2VyX2lkIjogIjYiLCAiX2F1dGhfdXNlcl9iYWNrZW5kIjogImRqYW5nby5jb250cmliLmF1dGguYmFja2VuZHMuTW9kZWxCYWNrZW5kIn0:1rSamp:3f79bb7b435b05321651daefd374cdc681dc06faa65',
     '2024-05-18 06:30:00');
-- next
insert into `account_emailaddress` (`id`, `email`, `verified`, `primary`, `user_id`) values
    (1, 'mara.holt@example.com', true, true, 2), (2, 'm.holt@work.example', false, false, 2),
    (3, 'jonas.berg@example.org', true, true, 3), (4, 'amina@example.com', false, false, 3),
    (5, 'lena.pohl@example.net', true, true, 4), (6, 'piet.pohl@example.net', false, true, 5),
    (7, 'amina@example.com', true, true, 6), (8, 'sam@kiterow.example', true, true, 10),
    (9, 'rita@kiterow.example', true, true, 11), (10, 'office@kiterow.example', false, false, 10),
    (11, 'office@kiterow.example', false, false, 11);
-- next
insert into `account_emailconfirmation` (`id`, `created`, `sent`, `key`, `email_address_id`) values
    (1, '2024-01-05 10:00:00', '2024-01-05 10:00:01', '6ab9f1eb8f7d3388f4f9d586f66e99fd', 2),
    (2, '2024-01-06 10:00:00', null, '015f7e6bc5aeaf483724089e9252cc13', 4),
    (3, '2024-01-07 10:00:00', '2024-01-07 10:00:01', '2f5052c9fd15b19a18c584d013635681', 6);
-- next
insert into `socialaccount_socialapp` (
    `id`, `provider`, `name`, `client_id`, `secret`, `key`, `provider_id`, `settings`
) values
    (1, 'github', 'GitHub', 'sample-client', 'sample-secret', '', '', '{}'),
    (2, 'google', 'Google', 'sample-client-2', 'sample-secret-2', '', '', '{"scope": ["email"]}');
-- next
insert into `socialaccount_socialaccount` (
    `id`, `provider`, `uid`, `last_login`, `date_joined`, `extra_data`, `user_id`
) values
    (1, 'github', '20001', '2024-05-02 18:11:09', '2023-02-03 10:00:00', '{"login": "mara-h", "email": "mara.holt@example.com", "name": "Mara Holt"}', 2),
    (2, 'google', '100000000000000000006', '2024-05-04 06:30:00', '2023-04-12 10:00:00',
     '{"email": "amina@example.com", "name": "Amina Diallo", "picture": "https://pictures.example/6.png"}', 6),
    (3, 'google', '100000000000000000010', '2024-05-05 11:00:00', '2023-07-01 10:00:00', '{"email": "office@kiterow.example"}', 10);
-- next
insert into `socialaccount_socialtoken` (
    `id`, `token`, `token_secret`, `expires_at`, `account_id`, `app_id`
) values
    (1, 'gho_sample000000000000000001', '', null, 1, 1),
    (2, 'ya29.sample000000000000000002', '1//sample', '2024-05-04 07:30:00', 2, 2),
    (3, 'ya29.sample000000000000000003', '', null, 3, null);
-- next
insert into `shop_product` (`id`, `sku`, `slug`, `name`, `price`) values
    (1, 'TEA-001', 'tin-kettle-tea', 'Tin Kettle Tea', 4.5),
    (2, 'KET-001', 'tin-kettle', 'Tin Kettle', 39.0),
    (3, 'CUP-001', 'blue-cup', 'Blue Cup', 8.25),
    (4, 'CUP-002', 'red-cup', 'Red Cup', 8.25);
-- next
insert into `shop_address` (
    `id`, `full_name`, `street`, `postcode`, `city`, `country`, `phone`, `is_default`, `user_id`
) values
    (1, 'Mara Holt', '4 Rope Walk', 'YO99 1RW', 'York', 'GB', '+44 7700 900202', true, 2),
    (2, 'Jonas Berg', 'Hamngatan 3', '111 47', 'Stockholm', 'SE', '', false, 2),
    (3, 'Jonas Berg', 'Hamngatan 3', '111 47', 'Stockholm', 'SE', '08-465 004 03', true, 3),
    (4, 'Lena Pohl', 'Birkenallee 20', '14467', 'Potsdam', 'DE', '+49 30 23125 204', true, 4),
    (5, 'Piet Pohl', 'Birkenallee 20', '14467', 'Potsdam', 'DE', '+49 30 23125 204', true, 5),
    (6, 'Amina Diallo', '9 rue Basse', '69002', 'Lyon', 'FR', '+33 6 39 98 02 06', true, 6),
    (7, 'Kiterow Ltd', '1 Dock Road', 'BS99 1DR', 'Bristol', 'GB', '+44 20 7946 0210', true, 10),
    (8, 'Kiterow Ltd', '1 Dock Road', 'BS99 1DR', 'Bristol', 'GB', '+44 20 7946 0210', false, 11),
    (9, '', '', '', '', '', '', false, 7);
-- next
insert into `shop_order` (
    `id`, `public_id`, `email`, `status`, `total`, `ip_address`, `details`, `placed_at`,
    `billing_address_id`, `shipping_address_id`, `user_id`
) values
    (1, 'af7efa1d-5057-5292-9988-55d23eef98d8', 'Mara.Holt@Example.com', 'sent', 43.5, '192.0.2.17', '{"gift_note": ""}', '2024-01-10 12:00:00', 1, 1, 2),
    (2, 'f20a0187-fb62-5c84-95a0-b9a8b62de0e3', 'lena.pohl@example.net', 'sent', 16.5, '198.51.100.4', '{}', '2024-01-12 08:30:00', 4, 4, 4),
    (3, '81ed8450-c826-57fc-a2da-2b0251016d7b', 'piet.pohl@example.net', 'paid', 8.25, '198.51.100.4', '{"gift_note": "For Lena"}', '2024-01-12 08:41:00', 5, 5, 5),
    (4, 'eb6edc16-01c4-51e7-b9ca-ffb2ad1b34d4', 'jonas.berg@example.org', 'sent', 39.0, '2001:db8:0:4::1', '{}', '2024-01-20 10:00:00', 3, 3, 3),
    (5, '2f6b0845-7c0e-5cfb-9b96-f35db76e7c8e', 'mara.holt@example.com', 'new', 8.25, '192.0.2.90', '{"phone": "+44 7700 900202"}', '2024-02-01 09:00:00', null, null, null),
    (6, 'afa4c36a-3c47-52ff-89f4-6f30ca3d7f6f', 'amina@example.com', 'paid', 47.25, '203.0.113.6', '{}', '2024-02-14 14:00:00', 6, 6, 6),
    (7, '218490db-26fd-5420-ad16-8b0f175d7088', 'sam@kiterow.example', 'sent', 4.5, '203.0.113.10', '{"vat_id": "GB000000000"}', '2024-02-20 15:00:00', 7, 7, 10),
    (8, 'c392d18a-83d6-554a-b65f-1c744eb29c5c', 'rita@kiterow.example', 'void', 4.5, '203.0.113.10', '{}', '2024-02-21 15:00:00', 8, 7, 11),
    (9, 'ebb5183d-684a-5862-8f54-88c9a2d40784', 'walkin@example.com', 'paid', 8.25, null, '{}', '2024-03-01 16:00:00', null, null, null),
    (10, 'ba3675fe-004e-5f1a-9779-6f3b7a99d905', 'mara.holt@example.com', 'paid', 13.5, '192.0.2.17', '{"gift_note": "Happy birthday, Jonas"}', '2024-03-03 17:00:00', 1, 2, 2);
-- next
insert into `shop_orderitem` (`id`, `quantity`, `price`, `order_id`, `product_id`) values
    (1, 1, 4.5, 1, 1), (2, 1, 39.0, 1, 2), (3, 2, 8.25, 2, 3), (4, 1, 8.25, 3, 4), (5, 1, 39.0, 4, 2),
    (6, 1, 8.25, 5, 3), (7, 1, 8.25, 6, 4), (8, 1, 39.0, 6, 2), (9, 1, 4.5, 7, 1), (10, 1, 4.5, 8, 1),
    (11, 1, 8.25, 9, 3), (12, 3, 4.5, 10, 1);
-- next
insert into `shop_comment` (
    `id`, `object_id`, `author_name`, `author_email`, `body`, `created_at`, `author_id`,
    `content_type_id`
) values
    (1, 2, '', '', 'Lovely kettle, thank you.', '2024-01-20 10:00:00', 2, 12),
    (2, 2, '', '', 'I agree with @mara.', '2024-01-21 10:00:00', 3, 12),
    (3, 2, 'Mara H.', 'mara.holt@example.com', 'A second thought: it is loud.', '2024-02-02 10:00:00', null, 12),
    (4, 2, '', '', 'Lena Pohl asked for a new invoice by phone, +49 30 23125 204.', '2024-01-15 09:00:00', 12, 14),
    (5, 2, '', '', 'Customer prefers e-mail.', '2024-01-16 09:00:00', 12, 4),
    (6, 4, '', '', 'Piet orders on this account too.', '2024-01-17 09:00:00', 12, 4),
    (7, 6, '', '', 'Please leave it with the neighbour.', '2024-02-14 14:05:00', 6, 14),
    (8, 3, '', '', 'Chipped on arrival.', '2024-02-15 09:00:00', 4, 12),
    (9, 1, '', '', '', '2024-02-16 09:00:00', 7, 12),
    (10, 3, 'Walk-in', 'walkin@example.com', 'Nice blue.', '2024-03-02 09:00:00', null, 12),
    (11, 4, '', '', 'Too red for me.', '2024-03-05 09:00:00', 6, 12);
