-- phpMyAdmin SQL Dump
-- version 4.9.0
SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";
-- Tabellenstruktur für Tabelle `site1_aiowps_login_activity`
CREATE TABLE `site1_aiowps_login_activity` (
  `id` bigint(20) NOT NULL,
  `user_id` bigint(20) NOT NULL,
  `user_login` varchar(150) COLLATE utf8mb4_unicode_ci NOT NULL,
  `login_date` datetime NOT NULL DEFAULT '1000-10-10 10:00:00',
  `logout_date` datetime NOT NULL DEFAULT '1000-10-10 10:00:00',
  `login_ip` varchar(100) COLLATE utf8mb4_unicode_ci NOT NULL DEFAULT ''
) ENGINE=InnoDB;
INSERT INTO `site1_aiowps_login_activity` (`id`, `user_id`, `user_login`, `login_date`, `logout_date`, `login_ip`) VALUES
(1, 1, 'redaktion', '2020-03-11 05:10:00', '2020-03-11 06:10:00', '203.0.113.45'),
(2, 1, 'redaktion', '2020-13-11 05:10:00', '1000-10-10 10:00:00', '203.0.113.45'),
(3, 1, 'never closed
