"""Where the shop's pages are."""

from django.urls import path

from shop import views

urlpatterns = [path("", views.home), path("orders/<int:number>/", views.order)]
