-- MySQL dump 10.13  Distrib 5.7.29, for Linux (x86_64)
--
-- Host: localhost    Database: news
/*!40101 SET NAMES utf8mb4 */;

DROP TABLE IF EXISTS `wp_options`;
CREATE TABLE `wp_options` (
  `option_id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `option_name` varchar(191) NOT NULL DEFAULT '',
  `option_value` longtext NOT NULL,
  `autoload` varchar(20) NOT NULL DEFAULT 'yes',
  PRIMARY KEY (`option_id`)
) ENGINE=InnoDB;
INSERT INTO `wp_options` VALUES (1,'siteurl','https://news.example','yes'),(2,'timezone_string','Asia/Baku','yes');
CREATE TABLE `wp_posts` (
  `ID` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `post_content` longtext NOT NULL
) ENGINE=InnoDB;
INSERT INTO `wp_posts` VALUES (1,'it''s; \'x\');
INSERT INTO `wp_wfLogins` VALUES (9,9,1585224196.6,0,\'loginOK\',\'forged\',1,NULL,NULL);');
CREATE TABLE `wp_aiowps_login_activity` (
  `id` bigint(20) NOT NULL,
  `user_id` bigint(20) NOT NULL,
  `user_login` varchar(150) NOT NULL,
  `login_date` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `logout_date` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `login_ip` varchar(100) NOT NULL DEFAULT '',
  `login_country` varchar(150) NOT NULL DEFAULT '',
  `browser_type` varchar(150) NOT NULL DEFAULT ''
);
INSERT INTO `wp_aiowps_login_activity` VALUES("1","1","editor","2020-03-11 05:10:00","0000-00-00 00:00:00","203.0.113.45","","");
INSERT INTO `wp_aiowps_failed_logins` (`id`, `user_id`, `user_login`, `failed_login_date`, `login_attempt_ip`) VALUES (1, 0, 'admin', '2020-03-11 05:09:00', '2001:db8::45');
CREATE TABLE `wp_simple_history` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `date` datetime NOT NULL,
  `logger` varchar(30) DEFAULT NULL,
  `level` varchar(20) DEFAULT NULL,
  `message` varchar(255) DEFAULT NULL,
  `occasionsID` varchar(32) DEFAULT NULL,
  `initiator` varchar(16) DEFAULT NULL,
  PRIMARY KEY (`id`)
);
INSERT INTO `wp_simple_history` VALUES (1,'2020-03-11 01:10:00','SimpleUserLogger','info','Logged in','abc','wp_user'),(2,'2020-03-11 01:11:00','SimplePluginLogger','info','Installed plugin','abd','wp_user'),(3,'2020-03-11 01:12:00','SimpleUserLogger','warning','Failed to login with username \"{login}\"','abe','web_user');
CREATE TABLE `wp_simple_history_contexts` (`context_id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,`history_id` bigint(20) unsigned NOT NULL,`key` varchar(255) DEFAULT NULL,`value` longtext,PRIMARY KEY (`context_id`));
INSERT INTO `wp_simple_history_contexts` VALUES (1,1,'_message_key','user_logged_in'),(2,1,'_server_remote_addr','203.0.113.45'),(3,1,'_user_login','editor'),(4,2,'_message_key','plugin_installed'),(5,3,'_message_key','user_login_failed'),(6,3,'login','editor'),(7,3,'_server_remote_addr','2001:db8::45'),(8,3,'server_http_user_agent','curl/7.64');
CREATE TABLE `wp_wfLogins` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `hitID` int(11) DEFAULT NULL,
  `ctime` double(17,6) unsigned NOT NULL,
  `fail` tinyint(3) unsigned NOT NULL,
  `action` varchar(40) NOT NULL,
  `username` varchar(255) NOT NULL,
  `userID` int(10) unsigned NOT NULL,
  `IP` binary(16) DEFAULT NULL,
  `UA` text,
  PRIMARY KEY (`id`),
  KEY `k1` (`IP`,`fail`)
);
INSERT INTO `wp_wfLogins` VALUES (1,1,1583889000.669909,0,'loginOK','editor',1,'\0\0\0\0\0\0\0\0\0\0ÿÿË\0q\\','Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:73.0) Gecko/20100101 Firefox/73.0'),(2,2,1583889001.1,1,'loginFailInvalidUsername','o\'root',0,0x00000000000000000000FFFFCB00712D,'x'),(3,NULL,1583889002,0,'logout','editor',1,_binary ' \r¸\0\0\0\0\0\0\0\0\0\0\0E',NULL),(4,4,1583889003,1,'loginFailValidUsername','editor',1,'\0\0\0\0\0\0\0\0\0\0Ã¿Ã¿Ã‹\0q\-','saved as UTF-8'),(5,5,1583889004,1),(6,6,1583889005,1,'somethingNew','x',1,'',NULL);
CREATE TABLE `wp_wsal_occurrences` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `site_id` bigint(20) NOT NULL,
  `alert_id` bigint(20) NOT NULL,
  `created_on` double NOT NULL,
  `client_ip` varchar(255) NOT NULL,
  `severity` varchar(255) NOT NULL,
  `object` varchar(255) NOT NULL,
  `event_type` varchar(255) NOT NULL,
  `user_agent` text NOT NULL,
  `user_roles` varchar(255) NOT NULL,
  `username` varchar(255) DEFAULT NULL,
  `user_id` bigint(20) DEFAULT NULL,
  `session_id` varchar(255) NOT NULL
);
INSERT INTO `wp_wsal_occurrences` VALUES (7,1,1000,1583889000.123,'203.0.113.45','400','user','login','curl/7.64','administrator','editor',1,'ab'),(8,1,2065,1583889001,'203.0.113.45','400','post','modified','','','editor',1,'ab'),(9,1,1003,1583889002.5,'','400','user','failed-login','','','',0,'');
INSERT INTO `wp_wsal_metadata` (`id`,`occurrence_id`,`name`,`value`) VALUES (1,9,'ClientIP','2001:db8::45'),(2,9,'Username','nobody');
CREATE TABLE `wp_users` (`ID` bigint(20) unsigned NOT NULL AUTO_INCREMENT,`user_login` varchar(60) NOT NULL DEFAULT '',`user_pass` varchar(255) NOT NULL DEFAULT '');
INSERT INTO `wp_users` VALUES (1,'editor','x'),(2,'redaktor-É™','y');
INSERT INTO `wp_usermeta` (`umeta_id`, `user_id`, `meta_key`, `meta_value`) VALUES
(1,1,'nickname','editor'),
(16,1,'session_tokens','a:2:{s:64:\"00000000000000000000000000000000000000000000000000000000000000ab\";a:4:{s:10:\"expiration\";i:1585098600;s:2:\"ip\";s:12:\"203.0.113.45\";s:2:\"ua\";s:78:\"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:73.0) Gecko/20100101 Firefox/73.0\";s:5:\"login\";i:1583889000;}s:64:\"00000000000000000000000000000000000000000000000000000000000000ac\";a:4:{s:10:\"expiration\";i:1585098660;s:2:\"ip\";s:12:\"2001:db8::45\";s:2:\"ua\";s:36:\"x\";s:2:\"ip\";s:9:\"192.0.2.1\";s:2:\"uaa\";s:5:\"login\";i:1583889060;}}'),
(17,2,'session_tokens','a:1:{s:64:\"00000000000000000000000000000000000000000000000000000000000000ab\";a:4:{s:10:\"expiration\";i:1585098700;s:2:\"ip\";s:10:\"192.0.2.14\";s:2:\"ua\";s:9:\"curl/7.64\";s:5:\"login\";i:1583889100;}}'),
(18,2,'session_tokens','a:1:{s:64:\"cut');
CREATE TABLE `news_itsec_logs` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `parent_id` bigint(20) unsigned NOT NULL DEFAULT 0,
  `module` varchar(50) NOT NULL DEFAULT '',
  `code` varchar(100) NOT NULL DEFAULT '',
  `data` longtext NOT NULL,
  `type` varchar(20) NOT NULL DEFAULT 'notice',
  `timestamp` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `init_timestamp` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `memory_current` bigint(20) unsigned NOT NULL DEFAULT 0,
  `memory_peak` bigint(20) unsigned NOT NULL DEFAULT 0,
  `url` varchar(500) NOT NULL DEFAULT '',
  `blog_id` bigint(20) NOT NULL DEFAULT 0,
  `user_id` bigint(20) unsigned NOT NULL DEFAULT 0,
  `remote_ip` varchar(50) NOT NULL DEFAULT '',
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
INSERT INTO `news_itsec_logs` VALUES (1,0,'brute_force','invalid-login::username-editor','a:1:{s:8:\"username\";s:6:\"editor\";}','notice','2020-03-11 01:10:00','2020-03-11 01:09:59',1,1,'https://news.example/wp-login.php',1,0,'203.0.113.45'),(2,0,'malware','scan','a:0:{}','process-start','2020-03-11 02:00:00','2020-03-11 02:00:00',1,1,'wp-cron',1,0,'192.0.2.80');

CREATE TABLE `wp_loginizer_logs` (`username` varchar(255) NOT NULL DEFAULT '',`time` int(10) NOT NULL DEFAULT '0',`count` int(10) NOT NULL DEFAULT '0',`lockout` int(10) NOT NULL DEFAULT '0',`ip` varchar(255) NOT NULL DEFAULT '',`url` varchar(255) NOT NULL DEFAULT '');
INSERT INTO `wp_loginizer_logs` VALUES ('admin',1583889000,7,1,'203.0.113.45','https://news.example/wp-login.php');
CREATE TABLE `wp_stream` (`ID` bigint(20) unsigned NOT NULL AUTO_INCREMENT,`site_id` bigint(20) unsigned NOT NULL DEFAULT '1',`blog_id` bigint(20) unsigned NOT NULL DEFAULT '1',`object_id` bigint(20) unsigned DEFAULT NULL,`user_id` bigint(20) unsigned NOT NULL DEFAULT '0',`user_role` varchar(50) NOT NULL DEFAULT '',`summary` longtext NOT NULL,`created` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',`connector` varchar(100) NOT NULL,`context` varchar(100) NOT NULL,`action` varchar(100) NOT NULL,`ip` varchar(39) DEFAULT NULL,PRIMARY KEY (`ID`));
INSERT INTO `wp_stream` VALUES (1,1,1,1,1,'administrator','editor logged in','2020-03-11 01:10:00','users','sessions','login','203.0.113.45'),(2,1,1,2,1,'administrator','password reset','2020-03-11 01:11:00','users','profiles','password-reset','203.0.113.45'),(3,1,1,NULL,0,'','cron ran','2020-03-11 01:12:00','settings','general','updated',NULL);
